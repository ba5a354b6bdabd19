import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compose } from '../../src/compose.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { startWorker } from '../../src/worker/start-worker.ts'
import { modelDir } from '../worker/support.ts'

/** The real gateway over real workers of the tests' tiny models, all in this process. */
export interface ClientGateway {
  readonly url: string
  /** What OpenAI's clients take as base URL. */
  readonly v1: string
  /** The gateway's log lines, parsed. */
  readonly log: readonly { readonly msg: string; readonly [field: string]: unknown }[]
  /** Calls that members have had so far. */
  memberCalls(): Promise<number>
  close(): Promise<void>
}

const template =
  "{{ bos_token }}{% for m in messages %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"

/** `duo` is fused byte by byte, `exact` without pruning too, `twins` token by token; `mute` has a member without a chat template. */
export async function startClientGateway(): Promise<ClientGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-clients-'))
  const talking = (name: 'tiny-gpt' | 'tiny-gru') => {
    const own = join(folder, name)
    cpSync(modelDir(name), own, { recursive: true })
    const path = join(own, 'tokenizer_config.json')
    const config = JSON.parse(readFileSync(path, 'utf8')) as object
    writeFileSync(path, JSON.stringify({ ...config, chat_template: template }))
    return own
  }
  const workers = await Promise.all(
    [talking('tiny-gpt'), talking('tiny-gru'), modelDir('tiny-gru')].map((dir) => startWorker({ modelDir: dir })),
  )
  const [gpt, gru, mute] = workers.map(({ url }) => url)
  const config = parseConfig(
    `
server: { port: 0 }
members:
  gpt: { kind: onnx, url: '${gpt}' }
  gpt2: { kind: onnx, url: '${gpt}' }
  gru: { kind: onnx, url: '${gru}' }
  mute: { kind: onnx, url: '${mute}' }
ensembles:
  duo: { members: [{ id: gpt, weight: 0.6 }, { id: gru, weight: 0.4 }], sampling: { temperature: 0 } }
  exact: { members: [{ id: gpt, weight: 0.6 }, { id: gru, weight: 0.4 }], tau: 0 }
  twins: { members: [{ id: gpt }, { id: gpt2 }], sampling: { temperature: 0 } }
  mute: { members: [{ id: gpt }, { id: mute }] }
`,
    { file: 'clients.yaml', folder, env: {} },
  )
  const log: ClientGateway['log'][number][] = []
  const gateway = await compose(config, createLogger('info', { write: (line) => log.push(JSON.parse(line)) }), '0.0.0')
  return {
    url: gateway.url,
    v1: `${gateway.url}/v1`,
    log,
    async memberCalls() {
      const page = await (await fetch(`${gateway.url}/metrics`)).text()
      const counts = page.matchAll(/^tutti_member_calls_total\{.*\} (\d+)$/gm)
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
    },
    async close() {
      await gateway.close()
      await Promise.all(workers.map((worker) => worker.close()))
      rmSync(folder, { recursive: true })
    },
  }
}
