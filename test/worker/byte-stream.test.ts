import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { WireByteFinish, WireByteStart, WireByteStep } from '../../src/members/shared/worker-wire.ts'
import { eventsOf, startTestWorker, type TestWorker, until } from './support.ts'

type Event = WireByteStart | WireByteStep | WireByteFinish

const fine = { prompt: 'the state', tau: 5e-3, top_k: 50, max_symbols: 4 }
const noise = { temperature: 1, top_p: 1, min_p: 0 }

async function stream(worker: TestWorker, body: object): Promise<Event[]> {
  const response = await worker.post('/bytes', { ...fine, ...body })
  expect(response.status).toBe(200)
  return eventsOf<Event>(response)
}

test('a stream begins with the prompt, tells what was known, and ends with a finish that counts', async () => {
  const worker = await startTestWorker('tiny-gpt')
  const events = await stream(worker, {})
  expect(events[0]).toEqual({ prompt_tokens: 3, known_bytes: 0 })
  const steps = events.slice(1, -1) as WireByteStep[]
  expect(steps.map(({ index }) => index)).toEqual([0, 1, 2, 3])
  expect(steps[0]).toHaveProperty('low')
  const usage = { prompt_tokens: 3, known_bytes: 0, completion_symbols: 4 }
  expect(events.at(-1)).toEqual({ finish_reason: 'length', usage })
  const forced = Buffer.from(steps.slice(0, 2).map(({ symbol }) => symbol)).toString('base64')
  const [again] = await stream(worker, { forced })
  expect(again).toEqual({ prompt_tokens: 3, known_bytes: 2 })
  const [, whole] = await stream(worker, { top_k: worker.vocabulary })
  expect(whole).not.toHaveProperty('low')
})

test('a stream goes on over forced bytes without a model call where the place is known', async () => {
  const worker = await startTestWorker('tiny-gpt')
  const first = await stream(worker, { max_symbols: 30 })
  const { contexts } = await worker.stats()
  const path = first.flatMap((event) => ('symbol' in event ? [event.symbol] : []))
  const events = await stream(worker, { forced: Buffer.from(path.slice(0, 17)).toString('base64'), max_symbols: 1 })
  expect((await worker.stats())['contexts']).toBe(contexts)
  expect(events[0]).toMatchObject({ known_bytes: 17 })
  expect(events[1]).toEqual({ ...first[18], index: 0 })
})

test('the end of the text ends the stream with stop', async () => {
  const worker = await startTestWorker('tiny-gru')
  for (let seed = 0; seed < 200; seed++) {
    const events = await stream(worker, { walk: { seed, step: 0, ...noise }, max_symbols: 20, top_k: 257 })
    const steps = events.filter((event) => 'symbol' in event)
    const ended = steps.at(-1)!.symbol === 256
    expect(events.at(-1)).toMatchObject({ finish_reason: ended ? 'stop' : 'length' })
    expect(steps.slice(0, -1).every(({ symbol }) => symbol < 256)).toBe(true)
    if (ended && steps.length < 20) return
  }
  expect.unreachable('no text ended')
})

test('a context that fills up ends the stream with context_length, also among forced bytes', async () => {
  const worker = await startTestWorker('tiny-gpt')
  const events = await stream(worker, { prompt: 'é'.repeat(50), max_symbols: 10_000 })
  expect(events.at(-1)).toMatchObject({ finish_reason: 'context_length' })
  expect(events.length).toBeGreaterThan(20)
  const forced = Buffer.from('é'.repeat(100)).toString('base64')
  const none = await stream(worker, { prompt: 'é'.repeat(50), forced })
  expect(none).toHaveLength(2)
  expect(none[1]).toMatchObject({ finish_reason: 'context_length', usage: { completion_symbols: 0 } })
})

test.each([
  ['forced', '*', 'invalid_request', 'forced'],
  ['forced', Buffer.from([0x80]).toString('base64'), 'invalid_request', 'byte 0 (128)'],
  ['tau', 1, 'invalid_request', 'tau'],
  ['tau', -0.1, 'invalid_request', 'tau'],
  ['unlisted', 'none', 'invalid_request', 'unlisted'],
  ['top_k', 0, 'invalid_request', 'top_k'],
  ['top_k', 288, 'invalid_request', 'top_k'],
  ['max_symbols', 0, 'invalid_request', 'max_symbols'],
  ['prompt', 5, 'invalid_request', 'prompt'],
  ['prompt', 'x'.repeat(500), 'context_length_exceeded', "prompt: 501 tokens are more than the model's 128"],
])('%s %s is refused by name', async (field, value, code, says) => {
  const worker = await startTestWorker('tiny-gpt')
  const response = await worker.post('/bytes', { ...fine, [field]: value })
  const answer = (await response.json()) as { error: string }
  expect(answer).toMatchObject({ code, param: field })
  expect(answer.error).toContain(says)
  expect(response.status).toBe(400)
})

async function computed(worker: TestWorker): Promise<number> {
  return (await worker.stats())['tokens_computed']!
}

function open(worker: TestWorker) {
  const call = request(`${worker.base}/bytes`, { method: 'POST', headers: { 'content-type': 'application/json' } })
  call.on('error', () => {})
  const walk = { seed: 1, step: 0, ...noise, min_p: 0.05 }
  call.end(JSON.stringify({ ...fine, top_k: 257, tau: 0, walk, max_symbols: 1e9 }))
  return call
}

test('a client that goes away stops the lattice within a step', async () => {
  const worker = await startTestWorker('tiny-gru')
  const call = open(worker)
  call.on('response', (response) => response.resume())
  await until(async () => (await computed(worker)) > 30)
  call.destroy()
  await sleep(100)
  const stopped = await computed(worker)
  await sleep(300)
  expect(await computed(worker)).toBe(stopped)
  expect((await worker.stats())['rows_running']).toBe(0)
})
