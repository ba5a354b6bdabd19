import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { ByteStep, BytesRequest, Member } from '../../src/members/member.ts'
import { defineOnnxMember } from '../../src/members/onnx/define-onnx-member.ts'
import { startTestWorker } from '../worker/support.ts'
import { failure, serve, signal } from './support.ts'

const request: BytesRequest = {
  ...{ prompt: Buffer.from('the'), forced: Buffer.from(' é'), tau: 5e-3, unlisted: 'spread', maxSymbols: 3 },
  walk: { seed: 7, step: 2, temperature: 1, topP: 0.9, minP: 0.1 },
}

async function all(member: Member, change: Partial<BytesRequest> = {}): Promise<ByteStep[]> {
  const steps: ByteStep[] = []
  for await (const step of member.bytes!({ ...request, ...change }, { topK: 9999, signal })) steps.push(step)
  return steps
}

const metadata = { parameters: { context_length: 10, vocabulary_size: 3, vocabulary_fingerprint: 'f' } }
const even = new Float64Array(257).fill(1 / 257)
const base64 = (values: Float64Array) => Buffer.from(values.buffer).toString('base64')
const start = '{"prompt_tokens":1,"known_bytes":0}'
const finish = (reason: string) => JSON.stringify({ finish_reason: reason, usage: {} })
const counters = { revivals: 1, pruned_mass: 0.25 }
const numbers = { missing: 0.5, mass: 2, excluded: 0.125, since_border: 3, contexts: { fetched: 3, used: 2 }, counters }
const step = (change: object = {}) =>
  JSON.stringify({ probabilities: base64(even), ...numbers, symbol: 256, ...change })

/** A member of a server that answers every stream with these events; `asked` holds the bodies it was sent. */
async function answering(...events: string[]) {
  const asked: unknown[] = []
  const { url } = await serve(async (call, response) => {
    if (call.url === '/v2') return void response.end('{"models":["m"]}')
    if (call.url === '/v2/models/m') return void response.end(JSON.stringify(metadata))
    const chunks: Buffer[] = []
    for await (const chunk of call) chunks.push(chunk as Buffer)
    asked.push(JSON.parse(Buffer.concat(chunks).toString()))
    response.end(events.map((event) => `data: ${event}\n\n`).join(''))
  })
  const member = defineOnnxMember({ id: 'bad', url })
  onTestFinished(() => member.close())
  return { member, asked }
}

test('a step has the distribution, its bounds and the counts; bounds not sent are the distribution', async () => {
  const low = new Float64Array(257).fill(0.001)
  const { member, asked } = await answering(
    start,
    step(),
    step({ low: base64(low), high: base64(even) }),
    finish('stop'),
  )
  const [exact, bounded] = await all(member)
  expect(exact).toEqual({
    conditional: { probabilities: even, low: even, high: even, missing: 0.5, mass: 2, excluded: 0.125 },
    ...{ sinceBorder: 3, counters: { revivals: 1, prunedMass: 0.25 }, contexts: { fetched: 3, used: 2 }, symbol: 256 },
  })
  expect(exact!.conditional.low).toBe(exact!.conditional.probabilities)
  expect(bounded!.conditional).toMatchObject({ low, high: even })
  expect(asked).toEqual([
    {
      ...{ prompt: 'the', forced: Buffer.from(' é').toString('base64'), tau: 5e-3, unlisted: 'spread' },
      ...{ top_k: 3, walk: { seed: 7, step: 2, temperature: 1, top_p: 0.9, min_p: 0.1 }, max_symbols: 3 },
    },
  ])
})

test.each([
  ['a stream without a finish', [start, step()], 'member_protocol', 'without a finish'],
  ['a full context', [start, step(), finish('context_length')], 'context_length_exceeded', 'filled'],
  ['a stream without a step', [start, finish('length')], 'member_protocol', 'without a step'],
  ['a dead lattice', [start, '{"error":"no token","code":"dead_lattice"}'], 'dead_lattice', 'no token'],
  ['a failure under way', [start, '{"error":"no memory","code":"internal"}'], 'member_unavailable', 'no memory'],
  ['too few probabilities', [start, step({ probabilities: 'AAAAAAAAAAA=' })], 'member_protocol', '257'],
  ['no base64', [start, step({ low: '*' })], 'member_protocol', 'low'],
  [
    'a negative probability',
    [start, step({ probabilities: base64(even.map(() => -1)) })],
    'invalid_distribution',
    'probabilities of symbol 0',
  ],
  ['no number', [start, step({ high: base64(even.map(() => Number.NaN)) })], 'invalid_distribution', 'NaN'],
  ['a symbol that there is not', [start, step({ symbol: 257 })], 'member_protocol', 'shape'],
  ['an event that is not JSON', ['{'], 'member_protocol', 'JSON'],
])('%s is named', async (_what, events, code, says) => {
  const error = await failure(all((await answering(...events)).member))
  expect(error).toMatchObject({ code, member: 'bad' })
  expect(error.message).toContain(says)
})

test('a prompt too long is told from a rejected call, and leaving the stream ends it', async () => {
  const worker = await startTestWorker('tiny-gpt')
  const member = defineOnnxMember({ id: 'm', url: worker.url })
  onTestFinished(() => member.close())
  const error = await failure(all(member, { prompt: Buffer.from('x'.repeat(500)) }))
  expect(error).toMatchObject({ code: 'context_length_exceeded', member: 'm' })
  for await (const { symbol } of member.bytes!({ ...request, maxSymbols: 1e6 }, { topK: 10, signal })) {
    expect(symbol).toBeLessThan(257)
    break
  }
  expect(await all(member)).toHaveLength(3)
})

test('a reader that stops is followed no further than a window, and one that goes on sees no seam', async () => {
  const worker = await startTestWorker('tiny-gru')
  const member = defineOnnxMember({ id: 'm', url: worker.url })
  onTestFinished(() => member.close())
  const long = { ...request, tau: 0, walk: { ...request.walk, minP: 0.05 }, maxSymbols: 100 }
  const whole = await all(member, long)
  expect(whole.length).toBeGreaterThan(64)
  // One context a byte, and none twice.
  expect(whole.at(-1)!.contexts.fetched - whole[0]!.contexts.fetched).toBe(whole.length - 1)
  const rest = await all(member, {
    ...long,
    forced: Buffer.concat([long.forced, Buffer.from(whole.slice(0, 50).map(({ symbol }) => symbol))]),
    ...{ walk: { ...long.walk, step: long.walk.step + 50 }, maxSymbols: whole.length - 50 },
  })
  expect(rest).toEqual(whole.slice(50))
  const before = (await worker.stats())['contexts']!
  for await (const step of member.bytes!({ ...long, prompt: Buffer.from('a') }, { topK: 9999, signal })) {
    if (step.symbol === 256) break
    await sleep(300)
    break
  }
  expect((await worker.stats())['contexts']! - before).toBeLessThanOrEqual(40)
})
