import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startOptions } from '../../end-to-end/gateway.ts'
import { start, untilUp } from '../../load/faults/processes.ts'
import { freePort } from '../../redis/redis-server.ts'
import type { Subject } from './closed-loop.ts'

export interface Running {
  readonly subject: Subject
  stop(): Promise<void>
}

export const prompt = 'The state of the'
const key = 'a-key-of-a-bench-only'
const here = fileURLToPath(new URL('./', import.meta.url))

/** Tutti with everything on that a gateway in use has: a key with limits, metrics, a log line a request, the diagnosis. */
export async function startGateway(folder: string, sections: object): Promise<Running> {
  const port = await freePort()
  const config = join(folder, `gateway-${port}.json`)
  const caller = { name: 'bench', env: 'BENCH_KEY', requests_per_minute: 1e9, cost_per_minute: 1e12, concurrency: 1e6 }
  writeFileSync(config, JSON.stringify({ server: { port, keys: [caller], log_level: 'info' }, ...sections }))
  const command = [...startOptions(), 'src/main.ts', 'serve', '--config', config]
  const gateway = start(process.execPath, command, { BENCH_KEY: key })
  const url = `http://127.0.0.1:${port}`
  await untilUp(`${url}/readyz`)
  return {
    subject: {
      name: 'Tutti',
      pid: gateway.pid(),
      url,
      path: '/v1/predict',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'e', prompt }),
    },
    stop: gateway.stop,
  }
}

export async function startBareLoop(urls: readonly string[]): Promise<Running> {
  const port = await freePort()
  const loop = start(process.execPath, [join(here, 'bare-loop.ts'), String(port), ...urls])
  const url = `http://127.0.0.1:${port}`
  await untilUp(`${url}/readyz`)
  const body = JSON.stringify({ prompt })
  return {
    subject: { name: 'bare loop', pid: loop.pid(), url, path: '/v1/predict', headers: {}, body },
    stop: loop.stop,
  }
}

/** The gateway's features round the calls of the bare loop, with an answer that Tutti once gave instead of one that is fused. */
export async function startSkeleton(folder: string, answer: string, urls: readonly string[]): Promise<Running> {
  const port = await freePort()
  const file = join(folder, `answer-${port}.json`)
  writeFileSync(file, answer)
  // Beside this folder, whose packages are the peers' and have another zod among them.
  const program = join(here, '../skeleton.ts')
  const skeleton = start(process.execPath, [program, String(port), file, key, ...urls])
  const url = `http://127.0.0.1:${port}`
  await untilUp(`${url}/readyz`)
  const headers = { authorization: `Bearer ${key}` }
  const body = JSON.stringify({ model: 'e', prompt })
  return {
    subject: { name: 'skeleton', pid: skeleton.pid(), url, path: '/v1/predict', headers, body },
    stop: skeleton.stop,
  }
}

/** Passes one request on to one server. */
export async function startPortkey(server: string): Promise<Running> {
  const port = await freePort()
  const program = join(here, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  const portkey = start(process.execPath, [program, `--port=${port}`, '--headless'])
  const url = `http://127.0.0.1:${port}`
  await untilUp(`${url}/`)
  return {
    subject: {
      name: 'Portkey',
      pid: portkey.pid(),
      url,
      path: '/v1/completions',
      headers: {
        authorization: 'Bearer none',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `${server}/v1`,
      },
      body: JSON.stringify({ model: 'bigrams', prompt, max_tokens: 1, logprobs: 5, temperature: 1 }),
    },
    stop: portkey.stop,
  }
}
