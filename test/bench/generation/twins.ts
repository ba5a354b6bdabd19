import { fileURLToPath } from 'node:url'
import { startWorker } from '../../../src/worker/start-worker.ts'
import { delayProxy } from './delay-proxy.ts'
import { pacedEngine } from './paced-engine.ts'

/** The shipped models behind a wire of 5 ms, at the pace of larger ones. Sends its parent their URLs. */
export const roundTripMs = 5
export const firstMs = 15
const models = { 'byte-gru': 5, 'bpe2k-gpt': 20, 'bpe4k-gpt': 20 }

const workers = await Promise.all(
  Object.entries(models).map(([name, tokenMs]) =>
    startWorker({
      deterministic: true,
      modelDir: fileURLToPath(new URL(`../../../models/${name}`, import.meta.url)),
      around: (engine) => pacedEngine(engine, { firstMs, tokenMs }),
    }),
  ),
)
const urls = await Promise.all(workers.map(({ url }) => delayProxy(url, roundTripMs)))
process.send?.(Object.fromEntries(Object.keys(models).map((name, index) => [name, urls[index]])))
process.on('disconnect', () => process.exit(0))
