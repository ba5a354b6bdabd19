import { describe, expect, test } from 'vitest'
import { chooseSymbol, type Sampling } from '../../src/core/decode/choose.ts'
import { fromListedTokens } from '../../src/core/distribution/token-distribution.ts'
import { completeList } from '../../src/core/lattice/completed-list.ts'
import { TokenPath } from '../../src/core/lattice/token-path.ts'
import { linearPool } from '../../src/core/pool/linear.ts'
import type { WireFinish, WireStart, WireStep, WireVocabulary } from '../../src/members/shared/worker-wire.ts'
import { eventsOf, startTestWorker, type TestWorker, vocabularyOf } from './support.ts'

type Event = WireStart | WireStep | WireFinish

const text = 'the state of é'

async function walked(worker: TestWorker, tokens: readonly number[], walk: object, change: object = {}) {
  const body = { context: { tokens }, max_tokens: 25, top_k: worker.vocabulary, encoding_format: 'base64', walk }
  const response = await worker.post('/continue', { ...body, ...change })
  expect(response.status).toBe(200)
  const events = await eventsOf<Event>(response)
  return { steps: events.filter((event) => 'id' in event), finish: events.at(-1) as WireFinish }
}

async function tokensOf(worker: TestWorker): Promise<number[]> {
  return ((await (await worker.post('/tokenize', { text })).json()) as { tokens: number[] }).tokens
}

function listOf({ top }: WireStep): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(top.log_probs as string, 'base64')).buffer)
}

describe.each(['tiny-gpt', 'tiny-gru'] as const)('%s', (model) => {
  test.each([
    [{ temperature: 1, top_p: 1, min_p: 0 }],
    [{ temperature: 0.6, top_p: 0.8, min_p: 0.01 }],
    [{ temperature: 0, top_p: 1, min_p: 0 }],
  ])('a path walked with %o is that of an ensemble of this one member, step by step', async (warp) => {
    const worker = await startTestWorker(model)
    const vocabulary = vocabularyOf((await (await fetch(`${worker.base}/vocabulary`)).json()) as WireVocabulary)
    const tokens = await tokensOf(worker)
    let ends = 0
    for (let seed = 0; seed < 40; seed++) {
      const { steps, finish } = await walked(worker, tokens, { ...warp, seed, step: 7 })
      const path = new TokenPath(vocabulary)
      const opening = path.open(Buffer.from(text))
      opening.next()
      opening.next(Int32Array.from(tokens))
      for (const [i, step] of steps.entries()) {
        const ids = Int32Array.from({ length: worker.vocabulary }, (_, id) => id)
        const list = { ids, logProbs: listOf(step), vocabularySize: worker.vocabulary, topK: worker.vocabulary }
        path.contexts()[0]!.list = completeList(fromListedTokens(list), vocabulary)
        path.refresh()
        const sampling: Sampling = {
          ...{ seed, step: 7 + i, temperature: warp.temperature },
          ...{ topP: warp.top_p, minP: warp.min_p },
        }
        const symbol = chooseSymbol(linearPool([path.conditional()], [1]).probabilities, sampling)
        expect(step.end).toBe(symbol === path.alphabet.end)
        if (step.end) break
        expect(step.id).toBe(symbol)
        path.accept(symbol)
      }
      expect(finish.finish_reason).toBe(steps.at(-1)!.end ? 'stop' : 'length')
      if (finish.finish_reason === 'stop') ends++
      if (warp.temperature === 0) break
    }
    if (model === 'tiny-gru' && warp.top_p === 1 && warp.temperature === 1) expect(ends).toBeGreaterThan(0)
  })

  test('the text of a walk is valid UTF-8, also from inside a character', async () => {
    const worker = await startTestWorker(model)
    const whole = await tokensOf(worker)
    // The last character has two bytes, each a token of its own in both fixtures.
    for (const tokens of [whole, whole.slice(0, -1)]) {
      for (let seed = 0; seed < 10; seed++) {
        const { steps } = await walked(worker, tokens, { seed, step: 0, temperature: 2, top_p: 1, min_p: 0 })
        const lead = tokens === whole ? [] : [Buffer.from(text).subarray(-2, -1)]
        const bytes = Buffer.concat([...lead, ...steps.map((step) => Buffer.from(step.bytes, 'base64'))])
        const decoded = new TextDecoder().decode(bytes).replace(/\uFFFD$/, '')
        expect(decoded).not.toContain('\uFFFD')
      }
    }
  })

  test('lists and path depend neither on each other nor on how the text came to be', async () => {
    const worker = await startTestWorker(model)
    const tokens = await tokensOf(worker)
    const walk = { seed: 3, step: 0, temperature: 1, top_p: 1, min_p: 0 }
    const { steps } = await walked(worker, tokens, walk)
    const short = await walked(worker, tokens, walk, { top_k: 0 })
    expect(short.steps.map(({ id }) => id)).toEqual(steps.map(({ id }) => id))
    const ids = steps.map(({ id }) => id)
    const rest = await walked(worker, [...tokens, ...ids.slice(0, 4)], { ...walk, step: 4 }, { max_tokens: 21 })
    expect(rest.steps.map(({ id }) => id)).toEqual(ids.slice(4))
  })
})

test.each([
  ['top_p', 0],
  ['top_p', 1.1],
  ['min_p', -1],
  ['temperature', -0.1],
  ['step', 1.5],
  ['seed', 2 ** 60],
  ['seed', '1'],
])('a walk with %s %s is refused by name', async (field, value) => {
  const worker = await startTestWorker('tiny-gru')
  const walk = { seed: 1, step: 0, temperature: 1, top_p: 1, min_p: 0, [field]: value }
  const response = await worker.post('/continue', { context: { tokens: [1] }, max_tokens: 1, top_k: 1, walk })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ code: 'invalid_request', param: `walk.${field}` })
})
