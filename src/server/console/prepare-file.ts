import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { ConsoleFile } from './console-files.ts'
import { stripTypes } from './strip-types.ts'

export interface PreparedFile {
  readonly plain: Buffer
  readonly gzipped: Buffer
  /** Names the content, so that a browser asks for what it has only whether it has changed. */
  readonly etag: string
}

const compress = promisify(gzip)

/** A file as it is sent. */
export async function prepareFile({ path }: ConsoleFile): Promise<PreparedFile> {
  const source = await readFile(path)
  const plain = path.endsWith('.ts') ? Buffer.from(stripTypes(source.toString())) : source
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 16)
  return { plain, gzipped: await compress(plain, { level: 9 }), etag: `"${hash}"` }
}
