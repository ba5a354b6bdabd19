import { startWorker } from '../../src/worker/start-worker.ts'
import { chatml } from '../wire/kit/chat-template.ts'
import { filtered, positive, withNaN } from '../wire/kit/faults.ts'
import { event, type Protocol, startTwin } from '../wire/kit/twin.ts'
import type { Ranked } from '../wire/kit/twin-model.ts'
import { llamacpp } from '../wire/llamacpp.ts'
import { oip } from '../wire/oip.ts'
import { ollama } from '../wire/ollama.ts'
import { openai } from '../wire/openai.ts'
import { sglang } from '../wire/sglang.ts'
import { tgi } from '../wire/tgi.ts'
import { vllm } from '../wire/vllm.ts'
import { talkingDir } from '../worker/support.ts'
import { rewritten, withoutLength } from './bodies.ts'
import { handOn, handTo, type Strike } from './faulty-proxy.ts'
import { roundModel, tokenizerDir } from './models.ts'
import type { RouteName } from './routes.ts'

export type Lie = 'nan' | 'positive' | 'empty' | 'filtered' | 'duplicate'

/** The servers of one protocol that a cell may meet. */
export interface Served {
  /** Base URL of the healthy one. */
  readonly url: string
  /** What a stream of a route sends when it fails under way. */
  readonly streamError: (route: string) => readonly string[]
  readonly lies: Readonly<Partial<Record<Lie, Strike>>>
  /** Another model answers. */
  readonly another: Strike
  close(): Promise<void>
}

/** A kind of member, as the configuration knows it. */
export interface Adapter {
  readonly name: string
  /** Fields of the member beside its URL. */
  readonly fields: object
  /** Routes that such a member has no part in, with the reason. */
  readonly apart: Readonly<Partial<Record<RouteName, string>>>
  /** Why its server can't tell a lie. */
  readonly unable: Readonly<Partial<Record<Lie, string>>>
  /** It gives whole answers alone, and no lists but along them. */
  readonly answers?: true
  start(): Promise<Served>
}

const lies: Readonly<Record<Lie, (list: readonly Ranked[]) => Ranked[]>> = {
  nan: withNaN,
  positive,
  empty: () => [],
  filtered,
  duplicate: (list) => [...list.slice(0, 1), ...list.slice(0, -1)],
}

async function startTwins(protocolOf: (name: string) => Protocol): Promise<Served> {
  const start = async (name = 'round') => startTwin(protocolOf(name), roundModel(3, name))
  const [sound, another] = await Promise.all([start(), start('another')])
  const liars = await Promise.all(
    Object.entries(lies).map(async ([lie, list]) => {
      const twin = await start()
      twin.faults = { list }
      return [lie, twin] as const
    }),
  )
  const to =
    (url: string): Strike =>
    (exchange) =>
      handTo(exchange, url)
  return {
    url: sound.url,
    streamError: (route) => protocolOf('round').streamError('out of memory', route),
    lies: Object.fromEntries(liars.map(([lie, { url }]) => [lie, to(url)])),
    another: to(another.url),
    async close() {
      await Promise.all([sound, another, ...liars.map(([, twin]) => twin)].map((twin) => twin.close()))
    },
  }
}

/** What becomes of the distributions that our worker sends; it sends no lists. */
function inBytes(change: (probabilities: Float64Array) => Float64Array): Strike {
  return async (exchange) => {
    const { answer, response, request } = exchange
    if (!request.url?.endsWith('/bytes')) return handOn(exchange)
    const came = await answer()
    const { body, changed } = await rewritten(came, (piece) =>
      piece.replace(/"probabilities":"([^"]*)"/, (_, sent: string) => {
        const values = new Float64Array(Uint8Array.from(Buffer.from(sent, 'base64')).buffer)
        return `"probabilities":"${Buffer.from(change(values).buffer).toString('base64')}"`
      }),
    )
    response.writeHead(came.statusCode ?? 502, withoutLength(came)).end(body)
    return changed
  }
}

const withFirst = (value: number) => (probabilities: Float64Array) =>
  probabilities.map((p, x) => (x === 97 ? value : p))
const error = JSON.stringify({ error: 'out of memory', code: 'internal' })

async function startOwn(): Promise<Served> {
  // Otherwise a call that is made again may give other last bits, by what it is computed together with.
  const worker = await startWorker({ modelDir: talkingDir(chatml), deterministic: true })
  return {
    url: worker.url,
    streamError: () => [event(error)],
    lies: {
      nan: inBytes(withFirst(Number.NaN)),
      positive: inBytes(withFirst(1.5)),
      empty: inBytes(() => new Float64Array(0)),
    },
    another: async (exchange) => {
      // The routes carry the model's name: to a worker of another they are unknown.
      exchange.request.url = exchange.request.url?.replace('/tiny-gpt', '/another')
      return handTo(exchange)
    },
    close: worker.close,
  }
}

const tokenizer = tokenizerDir
const noLists = 'it sends probabilities of all bytes, of which none can be left out or there twice'
const logits = 'any number is a logit, and every token has one'
const noChat = 'it has no chat template'
const writesOnly = 'it writes answers and has no distributions'

export const adapters: readonly Adapter[] = [
  {
    name: 'onnx',
    fields: { kind: 'onnx' },
    apart: {},
    unable: { filtered: noLists, duplicate: noLists },
    start: startOwn,
  },
  {
    name: 'llamacpp',
    fields: { kind: 'llamacpp', tokenizer },
    apart: {},
    unable: {},
    start: () => startTwins(() => llamacpp),
  },
  { name: 'vllm', fields: { kind: 'vllm', tokenizer }, apart: {}, unable: {}, start: () => startTwins(() => vllm) },
  {
    name: 'sglang',
    fields: { kind: 'sglang', tokenizer },
    apart: {},
    unable: {},
    start: () => startTwins(() => sglang),
  },
  { name: 'tgi', fields: { kind: 'tgi', tokenizer }, apart: {}, unable: {}, start: () => startTwins(() => tgi) },
  {
    name: 'oip',
    fields: { kind: 'oip', model: 'round', tokenizer, context_length: 400 },
    apart: { chat: noChat, majority: noChat },
    unable: { positive: logits, filtered: logits, duplicate: logits },
    start: () => startTwins((name) => oip(roundModel(3, name))),
  },
  {
    name: 'openai',
    fields: { kind: 'openai', api: 'completions', model: 'round', tokenizer, context_length: 400 },
    apart: { chat: noChat, majority: noChat },
    unable: {},
    start: () => startTwins(() => openai()),
  },
  {
    name: 'openai, chat',
    fields: { kind: 'openai', api: 'chat', model: 'round', tokenizer, context_length: 400 },
    answers: true,
    apart: { predict: writesOnly, completion: writesOnly, stream: writesOnly, chat: writesOnly, score: writesOnly },
    unable: {},
    start: () => startTwins(() => openai()),
  },
  {
    name: 'ollama',
    fields: { kind: 'ollama', model: 'round', tokenizer },
    apart: { chat: noChat },
    unable: {},
    start: () => startTwins(() => ollama()),
  },
]
