import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startTestWorker, type TestWorker, until } from './support.ts'

/** Opens a continuation without reading its answer. */
function open(worker: TestWorker, body: object) {
  const call = request(`${worker.base}/continue`, { method: 'POST', headers: { 'content-type': 'application/json' } })
  call.on('error', () => {})
  call.end(JSON.stringify({ context: { tokens: [1, 2, 3] }, top_k: 0, stop_at_end: false, ...body }))
  return call
}

async function computed(worker: TestWorker): Promise<number> {
  return (await worker.stats())['tokens_computed']!
}

/** The counter once it has stood still for 300 ms. */
async function settled(worker: TestWorker): Promise<number> {
  let before = -1
  for (let now = await computed(worker); now !== before; now = await computed(worker)) {
    before = now
    await sleep(300)
  }
  return before
}

test('health answers while the model computes', async () => {
  const worker = await startTestWorker('tiny-gru', { prefillChunk: 1 << 20 })
  // One model call over 200,000 tokens takes far longer than a health check may.
  const tokens = Array.from({ length: 200_000 }, (_, i) => i % 250)
  let done = false
  const began = performance.now()
  const scoring = worker
    .post('/score', { context: { tokens }, continuation: { tokens: [1] }, top_k: 1 })
    .then((response) => {
      done = true
      return response
    })
  await until(async () => (await worker.stats())['rows_running'] === 1)
  const answers: number[] = []
  while (!done) {
    const asked = performance.now()
    const response = await fetch(`${worker.url}/v2/health/ready`)
    if (!done && response.ok) answers.push(performance.now() - asked)
  }
  expect((await scoring).status).toBe(200)
  const computing = performance.now() - began
  expect(answers.length).toBeGreaterThan(5)
  expect(Math.max(...answers)).toBeLessThan(computing / 2)
})

test('a client that goes away stops the model within a token', async () => {
  const worker = await startTestWorker('tiny-gru')
  const call = open(worker, { max_tokens: 1_000_000 })
  call.on('response', (response) => response.resume())
  await until(async () => (await computed(worker)) > 50)
  call.destroy()
  await until(async () => (await worker.stats())['rows_running'] === 0, 2_000)
  const stopped = await computed(worker)
  await sleep(300)
  expect((await computed(worker)) - stopped).toBeLessThanOrEqual(1)
})

test('a client that goes away before the first token leaves nothing running', async () => {
  const worker = await startTestWorker('tiny-gru', { prefillChunk: 64 })
  const tokens = Array.from({ length: 100_000 }, (_, i) => i % 250)
  const call = open(worker, { context: { tokens }, max_tokens: 1 })
  await until(async () => (await worker.stats())['rows_running'] === 1)
  call.destroy()
  await until(async () => (await worker.stats())['rows_running'] === 0, 2_000)
  expect(await computed(worker)).toBeLessThan(100_000)
  // And the worker goes on serving.
  expect((await worker.post('/continue', { context: { tokens: [1] }, max_tokens: 1, top_k: 1 })).status).toBe(200)
})

test('the model does not run ahead of a client that does not read', async () => {
  const worker = await startTestWorker('tiny-gru')
  const call = open(worker, { max_tokens: 1_000_000, top_k: 257 })
  // Taken and not read; without a listener Node would read it all.
  call.on('response', () => {})
  await until(async () => (await computed(worker)) > 50)
  const stood = await settled(worker)
  expect((await worker.stats())['rows_running']).toBe(1)
  expect(stood).toBeLessThan(100_000)
  call.destroy()
})

test('a long prompt does not hold up the others', async () => {
  const worker = await startTestWorker('tiny-gru', { prefillChunk: 64, stateBytes: 1 << 20 })
  const tokens = Array.from({ length: 100_000 }, (_, i) => i % 250)
  let prefilled = false
  const long = worker.post('/continue', { context: { tokens }, max_tokens: 1, top_k: 1 }).then((response) => {
    prefilled = true
    return response
  })
  await until(async () => (await worker.stats())['rows_running'] === 1)
  const short = await worker.post('/continue', {
    context: { tokens: [1, 2] },
    max_tokens: 5,
    top_k: 1,
    stop_at_end: false,
  })
  expect(await short.text()).toContain('"finish_reason":"length"')
  expect(prefilled).toBe(false)
  expect((await long).status).toBe(200)
})
