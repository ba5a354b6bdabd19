import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RunningGateway, startGateway } from '../end-to-end/gateway.ts'

const models = fileURLToPath(new URL('../../models/', import.meta.url))

/** A gateway of one small shipped model, with what the configuration says beside. */
export async function startSmallGateway(ensemble: string, server = ''): Promise<RunningGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-console-'))
  const config = join(folder, 'config.yaml')
  await writeFile(
    config,
    `members:
  byte-gru: { kind: onnx, embedded: { model: ${models}byte-gru } }
  bpe2k-gpt: { kind: onnx, embedded: { model: ${models}bpe2k-gpt } }
ensembles:
  two: { members: [{ id: byte-gru }, { id: bpe2k-gpt }], ${ensemble} }
${server}`,
  )
  try {
    return await startGateway({ config })
  } finally {
    await rm(folder, { recursive: true })
  }
}
