import type { App } from '../app.ts'
import { consoleFiles } from '../console/console-files.ts'
import { type PreparedFile, prepareFile } from '../console/prepare-file.ts'

/** The page runs its own scripts, talks to this gateway alone, and can be neither framed nor added to. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
  vary: 'accept-encoding',
}

/** The console: a page at `/` over the public API. It holds no data, so it needs no key; what it asks for does. */
export function consoleRoutes(app: App): void {
  const files = consoleFiles()
  // Else a browser learns of a module only from the one that imports it, and asks for them row by row.
  const modules = files.filter(({ type }) => type.startsWith('text/javascript'))
  const link = modules.map(({ url }) => `<.${url}>; rel="modulepreload"`).join(', ')
  for (const file of files) {
    let prepared: Promise<PreparedFile> | null = null
    app.get(file.url, { schema: { hide: true }, config: { open: true } }, async (request, reply) => {
      prepared ??= prepareFile(file)
      const { plain, gzipped, etag } = await prepared
      reply.headers({ ...headers, etag, 'content-type': file.type, ...(file.url === '/' && { link }) })
      if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send()
      if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(plain)
      return reply.header('content-encoding', 'gzip').send(gzipped)
    })
  }
}
