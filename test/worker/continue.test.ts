import { describe, expect, test } from 'vitest'
import type { WireFinish, WireStart, WireStep } from '../../src/members/shared/worker-wire.ts'
import { largestDifference, loadReference } from './reference.ts'
import { eventsOf, generator, startTestWorker, type TestWorker } from './support.ts'

type Event = WireStart | WireStep | WireFinish
const models = ['tiny-gpt', 'tiny-gru'] as const

function someTokens(seed: number, count: number, size: number): number[] {
  const random = generator(seed)
  return Array.from({ length: count }, () => Math.floor(random() * size))
}

/** The whole vocabulary's log-probabilities by id, of every step. */
async function denseSteps(worker: TestWorker, tokens: readonly number[], maxTokens: number): Promise<Float32Array[]> {
  const body = {
    context: { tokens },
    max_tokens: maxTokens,
    top_k: worker.vocabulary,
    encoding_format: 'base64',
    stop_at_end: false,
  }
  const response = await worker.post('/continue', body)
  expect(response.status).toBe(200)
  const steps = (await eventsOf<Event>(response)).filter((event) => 'id' in event)
  return steps.map(
    (step) => new Float32Array(Uint8Array.from(Buffer.from(step.top.log_probs as string, 'base64')).buffer),
  )
}

async function continuation(worker: TestWorker, body: object): Promise<Event[]> {
  return eventsOf<Event>(await worker.post('/continue', { max_tokens: 4, top_k: 3, ...body }))
}

describe.each(models)('%s', (model) => {
  test('a list is what a plain run of the model gives', async () => {
    const worker = await startTestWorker(model, { stateBytes: 0 })
    const reference = await loadReference(model)
    for (const length of [1, 2, 17, 100]) {
      const tokens = someTokens(length, length, reference.size)
      const [list] = await denseSteps(worker, tokens, 1)
      // Float32 on the wire: against the truth so rounded.
      expect(largestDifference(list!, Float32Array.from(await reference.logProbs(tokens)))).toBeLessThan(1e-6)
      const [start] = await continuation(worker, { context: { tokens } })
      expect(start).toMatchObject({ prompt_tokens: length })
    }
  })

  test('a continuation is greedy, and step by step equals one run over the whole', async () => {
    const worker = await startTestWorker(model)
    const reference = await loadReference(model)
    const tokens = someTokens(3, 20, reference.size)
    const lists = await denseSteps(worker, tokens, 30)
    expect(lists).toHaveLength(30)
    for (const list of lists) {
      const truth = await reference.logProbs(tokens)
      expect(largestDifference(list, truth)).toBeLessThan(1e-4)
      tokens.push(list.indexOf(Math.max(...list)))
    }
  })

  test('contexts of different lengths batched together give what each gives alone', async () => {
    const alone = await startTestWorker(model, { maxBatch: 1, stateBytes: 0 })
    const together = await startTestWorker(model, { maxBatch: 16 })
    const contexts = [3, 40, 7, 22, 41, 90].map((length, i) => someTokens(i, length, alone.vocabulary))
    const batched = await Promise.all(contexts.map((tokens) => denseSteps(together, tokens, 20)))
    const { batches, rows } = await together.stats()
    expect(rows! / batches!).toBeGreaterThan(2)
    for (const [i, tokens] of contexts.entries()) {
      const single = await denseSteps(alone, tokens, 20)
      for (const [step, list] of single.entries())
        expect(largestDifference(batched[i]![step]!, list)).toBeLessThan(1e-4)
    }
  })

  test('with kept states the lists are those without', async () => {
    const cached = await startTestWorker(model)
    const uncached = await startTestWorker(model, { stateBytes: 0 })
    const base = someTokens(9, 30, cached.vocabulary)
    // Repeats, extensions, branches off earlier contexts, and prefixes of them, in an order that mixes all.
    const contexts = [
      base,
      [...base, 1],
      [...base, 2, 3],
      base.slice(0, 12),
      [...base.slice(0, 20), 5, 6],
      [...base, 2, 3, 4],
      base,
    ]
    for (const tokens of contexts) {
      const [withCache, without] = [await denseSteps(cached, tokens, 5), await denseSteps(uncached, tokens, 5)]
      for (const [step, list] of withCache.entries()) expect(largestDifference(list, without[step]!)).toBeLessThan(1e-4)
    }
    expect((await cached.stats())['tokens_cached']).toBeGreaterThan(100)
    expect((await uncached.stats())['tokens_cached']).toBe(0)
  })

  test('a context and one more token costs one token of work', async () => {
    const worker = await startTestWorker(model)
    const tokens = someTokens(4, 50, worker.vocabulary)
    await denseSteps(worker, tokens, 1)
    const before = (await worker.stats())['tokens_computed']!
    await denseSteps(worker, [...tokens, 7], 1)
    expect((await worker.stats())['tokens_computed']! - before).toBe(1)
  })

  test('a prompt in chunks gives what it gives in one piece', async () => {
    const whole = await startTestWorker(model, { prefillChunk: 512, stateBytes: 0 })
    const chunked = await startTestWorker(model, { prefillChunk: 7, stateBytes: 0 })
    const tokens = someTokens(5, 100, whole.vocabulary)
    const [[one], [pieces]] = [await denseSteps(whole, tokens, 1), await denseSteps(chunked, tokens, 1)]
    expect(largestDifference(one!, pieces!)).toBeLessThan(1e-4)
    expect((await chunked.stats())['batches']).toBe(15)
    expect((await whole.stats())['batches']).toBe(1)
  })

  test('kept states stay within their bytes', async () => {
    const stateBytes = 20_000
    const worker = await startTestWorker(model, { stateBytes })
    for (let seed = 0; seed < 30; seed++) {
      await denseSteps(worker, someTokens(seed, 40, worker.vocabulary), 3)
      expect((await worker.stats())['state_bytes']).toBeLessThanOrEqual(stateBytes)
    }
    expect((await worker.stats())['states']).toBeGreaterThan(0)
  })

  test('float and base64 lists are the same numbers, by descending probability', async () => {
    const worker = await startTestWorker(model)
    const context = { tokens: someTokens(6, 10, worker.vocabulary) }
    const [, float] = await continuation(worker, { context, top_k: 9 })
    const [, base64] = await continuation(worker, { context, top_k: 9, encoding_format: 'base64' })
    const { top } = float as WireStep
    const packed = (base64 as WireStep).top
    const ids = new Int32Array(Uint8Array.from(Buffer.from(packed.ids as string, 'base64')).buffer)
    const logProbs = new Float32Array(Uint8Array.from(Buffer.from(packed.log_probs as string, 'base64')).buffer)
    expect(Array.from(ids)).toEqual(top.ids)
    expect(largestDifference(logProbs, top.log_probs as number[])).toBeLessThan(1e-5)
    expect(top.log_probs).toEqual([...(top.log_probs as number[])].sort((a, b) => b - a))
    expect((float as WireStep).id).toBe((top.ids as number[])[0])
  })

  test('a top list is the head of the whole list', async () => {
    const worker = await startTestWorker(model)
    const context = { tokens: someTokens(8, 10, worker.vocabulary) }
    const [, all] = await continuation(worker, { context, top_k: worker.vocabulary })
    const [, some] = await continuation(worker, { context, top_k: 25 })
    expect((some as WireStep).top.ids).toEqual(((all as WireStep).top.ids as number[]).slice(0, 25))
    const [, none] = await continuation(worker, { context, top_k: 0 })
    expect((none as WireStep).top).toEqual({ ids: [], log_probs: [] })
  })
})

test('a stream begins with the prompt and ends with a finish that counts', async () => {
  const worker = await startTestWorker('tiny-gpt')
  const events = await continuation(worker, { context: { text: 'the state' }, max_tokens: 3 })
  expect(events[0]).toEqual({ prompt_tokens: 3, cached_tokens: 0 })
  expect(events.slice(1, -1).map((event) => (event as WireStep).index)).toEqual([0, 1, 2])
  const usage = { prompt_tokens: 3, cached_tokens: 0, completion_tokens: 3 }
  expect(events.at(-1)).toEqual({ finish_reason: 'length', usage })
})

test('a context that fills up ends the stream with context_length', async () => {
  const worker = await startTestWorker('tiny-gpt')
  const tokens = someTokens(2, 126, worker.vocabulary)
  const events = await continuation(worker, { context: { tokens }, max_tokens: 100, stop_at_end: false })
  // 126, 127 and 128 tokens can be read; the list after the 128th is the last.
  expect(events.filter((event) => 'id' in event)).toHaveLength(3)
  expect(events.at(-1)).toMatchObject({ finish_reason: 'context_length' })
})

test('an end token ends the stream with stop, unless it is told to go on', async () => {
  const worker = await startTestWorker('tiny-gru')
  let found: { tokens: number[] } | null = null
  for (let seed = 0; found === null && seed < 400; seed++) {
    const tokens = someTokens(seed, 3, worker.vocabulary)
    const events = await continuation(worker, { context: { tokens }, max_tokens: 8, top_k: 0 })
    const steps = events.filter((event) => 'id' in event)
    expect(events.at(-1)).toMatchObject({ finish_reason: steps.at(-1)!.end ? 'stop' : 'length' })
    expect(steps.slice(0, -1).every((step) => !step.end)).toBe(true)
    if (steps.at(-1)!.end && steps.length < 8) found = { tokens }
  }
  expect(found).not.toBe(null)
  const on = await continuation(worker, { context: found!, max_tokens: 8, stop_at_end: false })
  expect(on.filter((event) => 'id' in event)).toHaveLength(8)
  expect(on.filter((event) => 'id' in event && event.end && event.bytes === '').length).toBeGreaterThan(0)
})
