import { expect, test } from 'vitest'
import type { WireFinish, WireStart, WireStep } from '../../src/members/shared/worker-wire.ts'
import { eventsOf, generator, shippedDir, startTestWorker, type TestWorker } from './support.ts'

type Event = WireStart | WireStep | WireFinish

/** Whole lists in base64 along the context's own continuation. */
async function lists(worker: TestWorker, tokens: readonly number[], maxTokens = 1): Promise<string[]> {
  const metadata = (await (await fetch(worker.base)).json()) as { parameters: { vocabulary_size: number } }
  const topK = metadata.parameters.vocabulary_size
  const body = {
    context: { tokens },
    max_tokens: maxTokens,
    top_k: topK,
    encoding_format: 'base64',
    stop_at_end: false,
  }
  const events = await eventsOf<Event>(await worker.post('/continue', body))
  return events.flatMap((event) => ('id' in event ? [event.top.log_probs as string] : []))
}

function someTokens(seed: number, count: number): number[] {
  const random = generator(seed)
  return Array.from({ length: count }, () => Math.floor(random() * 250))
}

const models = [
  { name: 'byte-gru', modelDir: shippedDir('byte-gru') },
  { name: 'bpe2k-gpt', modelDir: shippedDir('bpe2k-gpt') },
  { name: 'tiny-gpt', modelDir: undefined },
]

test.each(models)('with deterministic, $name gives a context the same bits in every company', async (model) => {
  const options = { deterministic: true, ...(model.modelDir === undefined ? {} : { modelDir: model.modelDir }) }
  const alone = await startTestWorker('tiny-gpt', { ...options, maxBatch: 1, stateBytes: 0 })
  const together = await startTestWorker('tiny-gpt', { ...options, prefillChunk: 16 })
  const contexts = [1, 2, 3, 17, 40, 40, 41, 64, 90].map((length, seed) => someTokens(seed, length))
  const expected = []
  for (const tokens of contexts) expected.push(await lists(alone, tokens, 6))
  // Together and cold, then warm, each list along the continuation.
  expect(await Promise.all(contexts.map((tokens) => lists(together, tokens, 6)))).toEqual(expected)
  expect(await Promise.all(contexts.map((tokens) => lists(together, tokens, 6)))).toEqual(expected)
  // A continuation is what a prefill of the longer context gives.
  const events = await eventsOf<Event>(
    await alone.post('/continue', { context: { tokens: contexts[4] }, max_tokens: 6, top_k: 0, stop_at_end: false }),
  )
  const path = events.flatMap((event) => ('id' in event ? [event.id] : []))
  for (let i = 1; i < 6; i++) {
    expect(await lists(alone, [...contexts[4]!, ...path.slice(0, i)])).toEqual([expected[4]![i]])
  }
  // Branches off known contexts, in one batch.
  const branches = [5, 20, 39, 40].map((length) => [...contexts[4]!.slice(0, length), 7, 9])
  const branched = await Promise.all(branches.map((tokens) => lists(together, tokens)))
  for (const [i, tokens] of branches.entries()) expect(await lists(alone, tokens)).toEqual(branched[i])
  // And scores along given tokens.
  const score = {
    context: { tokens: contexts[4] },
    continuation: { tokens: path },
    top_k: 3,
    encoding_format: 'base64',
  }
  const steps = async (worker: TestWorker) =>
    ((await (await worker.post('/score', score)).json()) as { steps: WireStep[] }).steps
  expect(await steps(together)).toEqual(await steps(alone))
})
