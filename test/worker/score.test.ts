import { describe, expect, test } from 'vitest'
import type { ScoreAnswer } from '../../src/members/shared/worker-wire.ts'
import { largestDifference, loadReference } from './reference.ts'
import { startTestWorker } from './support.ts'

describe.each(['tiny-gpt', 'tiny-gru'] as const)('%s', (model) => {
  const context = { tokens: [3, 1, 4, 1, 5, 9, 2, 6] }
  const continuation = { tokens: [5, 3, 5, 8, 9] }

  async function lists(response: Response): Promise<Float32Array[]> {
    const { steps } = (await response.json()) as ScoreAnswer
    return steps.map(
      (step) => new Float32Array(Uint8Array.from(Buffer.from(step.top.log_probs as string, 'base64')).buffer),
    )
  }

  test('the lists along given tokens are those of a plain run, in one model call', async () => {
    const worker = await startTestWorker(model)
    const reference = await loadReference(model)
    const body = { context, continuation, top_k: reference.size, encoding_format: 'base64' }
    const given = await lists(await worker.post('/score', body))
    expect((await worker.stats())['batches']).toBe(1)
    expect(given).toHaveLength(5)
    for (const [i, list] of given.entries()) {
      const truth = await reference.logProbs([...context.tokens, ...continuation.tokens.slice(0, i)])
      expect(largestDifference(list, truth)).toBeLessThan(1e-5)
    }
  })

  test('a score after the context was read equals one that reads it', async () => {
    const worker = await startTestWorker(model)
    const fresh = await startTestWorker(model, { stateBytes: 0 })
    await worker.post('/continue', { context, max_tokens: 1, top_k: 0 })
    const body = { context, continuation, top_k: worker.vocabulary, encoding_format: 'base64' }
    const [warm, cold] = [await lists(await worker.post('/score', body)), await lists(await fresh.post('/score', body))]
    for (const [i, list] of warm.entries()) expect(largestDifference(list, cold[i]!)).toBeLessThan(1e-4)
  })

  test('each step carries the given token, its log-probability and bytes', async () => {
    const worker = await startTestWorker(model)
    const reference = await loadReference(model)
    const response = await worker.post('/score', { context, continuation, top_k: 2 })
    const { steps, usage } = (await response.json()) as ScoreAnswer
    expect(steps.map((step) => step.id)).toEqual(continuation.tokens)
    expect(steps.map((step) => [...Buffer.from(step.bytes, 'base64')])).toEqual(continuation.tokens.map((id) => [id]))
    const truth = await reference.logProbs(context.tokens)
    expect(Math.abs(steps[0]!.log_prob - truth[5]!)).toBeLessThan(1e-5)
    expect(usage).toMatchObject({ prompt_tokens: 8, completion_tokens: 5 })
  })

  test('one token of continuation is scored, whether the context is known or not', async () => {
    const worker = await startTestWorker(model)
    const body = { context, continuation: { tokens: [7] }, top_k: 3 }
    const first = (await (await worker.post('/score', body)).json()) as ScoreAnswer
    const again = (await (await worker.post('/score', body)).json()) as ScoreAnswer
    expect(first.steps).toHaveLength(1)
    expect(again.steps[0]!.top.ids).toEqual(first.steps[0]!.top.ids)
    expect(again.usage.cached_tokens).toBeGreaterThan(first.usage.cached_tokens)
  })
})
