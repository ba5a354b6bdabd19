import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Member, MemberStep } from '../../src/members/member.ts'
import { defineOnnxMember } from '../../src/members/onnx/define-onnx-member.ts'
import { defineVocabularyCache } from '../../src/members/shared/vocabulary-cache.ts'
import { type RunningWorker, startWorker } from '../../src/worker/start-worker.ts'
import { largestDifference, loadReference } from '../worker/reference.ts'
import { modelDir } from '../worker/support.ts'
import { failure, serve, signal } from './support.ts'

async function all(steps: AsyncIterable<MemberStep>): Promise<MemberStep[]> {
  const list: MemberStep[] = []
  for await (const step of steps) list.push(step)
  return list
}

describe.each(['tiny-gpt', 'tiny-gru'] as const)('%s', (model) => {
  let worker: RunningWorker
  let member: Member
  beforeAll(async () => {
    worker = await startWorker({ modelDir: modelDir(model) })
    member = defineOnnxMember({ id: 'm', url: worker.url })
  })
  afterAll(async () => {
    await member.close()
    await worker.close()
  })

  test('distributions are those of a plain run of the model', async () => {
    const reference = await loadReference(model)
    const tokens = [5, 4, 3, 2, 1]
    const steps = await all(member.continue({ tokens: Int32Array.from(tokens) }, { maxTokens: 6, topK: 9999, signal }))
    for (const { distribution, token } of steps) {
      const truth = await reference.logProbs(tokens)
      expect(largestDifference(distribution.logProbs, truth)).toBeLessThan(1e-4)
      expect(distribution).toMatchObject({ unlisted: 0, smallest: 0, vocabularySize: reference.size })
      expect(token).toBe(truth.indexOf(Math.max(...truth)))
      tokens.push(token)
    }
    expect(steps.length).toBeGreaterThan(0)
  })

  test('a short list hides the mass that a long one shows', async () => {
    const context = { tokens: Int32Array.of(9, 8, 7) }
    const [[whole], [short]] = [
      await all(member.continue(context, { maxTokens: 1, topK: 9999, signal })),
      await all(member.continue(context, { maxTokens: 1, topK: 5, signal })),
    ]
    const sorted = whole!.distribution.logProbs.toSorted().reverse()
    expect(largestDifference(short!.distribution.logProbs, sorted.slice(0, 5))).toBeLessThan(1e-5)
    const hidden = sorted.slice(5).reduce((sum, logProb) => sum + Math.exp(logProb), 0)
    expect(short!.distribution.unlisted).toBeCloseTo(hidden, 5)
    expect(short!.distribution.smallest).toBeCloseTo(Math.exp(sorted[4]!), 6)
  })

  test("scoring the member's own continuation gives the same distributions", async () => {
    const context = { text: 'the people' }
    const drafted = await all(member.continue(context, { maxTokens: 5, topK: 20, signal }))
    const tokens = Int32Array.from(drafted, (step) => step.token)
    const scored = await member.score!(context, tokens, { topK: 20, signal })
    expect(scored.map((step) => step.token)).toEqual([...tokens])
    for (const [i, step] of scored.entries()) {
      expect(largestDifference(step.distribution.logProbs, drafted[i]!.distribution.logProbs)).toBeLessThan(1e-4)
    }
  })

  test('a text and its tokens are one context', async () => {
    const tokens = await member.tokenize('the state', signal)
    const options = { maxTokens: 3, topK: 4, signal }
    const [fromText, fromTokens] = [
      await all(member.continue({ text: 'the state' }, options)),
      await all(member.continue({ tokens }, options)),
    ]
    expect(fromTokens.map((step) => step.token)).toEqual(fromText.map((step) => step.token))
  })

  test('the probe tells model, vocabulary and capabilities', async () => {
    const probe = await member.probe(signal)
    expect(probe.model).toBe(model)
    const { size, end, bytes } = probe.vocabulary!
    expect(probe.capabilities).toMatchObject({
      maxTopK: size,
      exactBytes: true,
      tokenContexts: true,
      scoring: 'listed',
      streaming: true,
      basis: 'raw',
    })
    expect(end.has(size - 1)).toBe(true)
    const tokens = await member.tokenize('the people é😀', signal)
    expect(Buffer.concat([...tokens].map((token) => bytes[token]!)).toString()).toBe('the people é😀')
  })

  test('a context too long for the model is rejected with the numbers', async () => {
    if (model === 'tiny-gru') return expect((await member.probe(signal)).capabilities.contextLength).toBe(1 << 20)
    const tokens = new Int32Array(200)
    const error = await failure(all(member.continue({ tokens }, { maxTokens: 1, topK: 1, signal })))
    expect(error).toMatchObject({ code: 'context_length_exceeded', member: 'm' })
    expect(error.message).toMatch(/200.*128/)
  })

  test('an abort ends the stream', async () => {
    const controller = new AbortController()
    const taken: MemberStep[] = []
    const stream = async () => {
      for await (const step of member.continue(
        { tokens: Int32Array.of(1) },
        { maxTokens: 1e6, topK: 1, signal: controller.signal },
      )) {
        taken.push(step)
        controller.abort()
      }
    }
    expect(await failure(stream())).toMatchObject({ code: 'client_closed' })
    expect(taken.length).toBeLessThan(20)
  })
})

test('members with equal vocabularies share one', async () => {
  const workers = [
    await startWorker({ modelDir: modelDir('tiny-gpt') }),
    await startWorker({ modelDir: modelDir('tiny-gpt') }),
  ]
  const vocabularies = defineVocabularyCache()
  const members = workers.map(({ url }, i) => defineOnnxMember({ id: `m${i}`, url, vocabularies }))
  onTestFinished(async () => {
    for (const { close } of [...members, ...workers]) await close()
  })
  const [one, two] = [await members[0]!.probe(signal), await members[1]!.probe(signal)]
  expect(one.vocabulary).toBe(two.vocabulary)
})

describe('a server that breaks the protocol', () => {
  const metadata = { parameters: { context_length: 10, vocabulary_size: 3, vocabulary_fingerprint: 'f' } }
  const dense = Buffer.from(Float32Array.of(-1, -1, -1.2).buffer).toString('base64')
  const start = '{"prompt_tokens":1,"cached_tokens":0}'
  const finish = '{"finish_reason":"length","usage":{}}'
  const step = (change: object = {}) => JSON.stringify({ id: 1, log_prob: -1, top: { log_probs: dense }, ...change })

  async function answering(...events: string[]): Promise<Member> {
    const { url } = await serve((request, response) => {
      if (request.url === '/v2') response.end('{"models":["m"]}')
      else if (request.url === '/v2/models/m') response.end(JSON.stringify(metadata))
      else response.end(events.map((event) => `data: ${event}\n\n`).join(''))
    })
    const member = defineOnnxMember({ id: 'bad', url })
    onTestFinished(() => member.close())
    return member
  }
  const run = (member: Member) => all(member.continue({ tokens: Int32Array.of(0) }, { maxTokens: 2, topK: 3, signal }))

  test('is none when it keeps to it', async () => {
    expect(await run(await answering(start, step(), finish))).toHaveLength(1)
  })

  test.each([
    ['a stream without a finish', [start, step()], 'member_protocol', 'without a finish'],
    ['an empty stream', [], 'member_protocol', 'without a finish'],
    ['an event that is not JSON', [start, '{"id"'], 'member_protocol', 'JSON'],
    ['an event of another shape', [start, '{"token":1}'], 'member_protocol', 'shape'],
    ['a token outside the vocabulary', [start, step({ id: 3 })], 'member_protocol', 'token 3'],
    ['a list that is not base64 of floats', [start, step({ top: { log_probs: 'AAA=' } })], 'member_protocol', 'base64'],
    [
      'a list with more ids than values',
      [start, step({ top: { ids: dense, log_probs: 'AAAAAA==' } })],
      'member_protocol',
      '3 ids has 1',
    ],
    [
      'a list shorter than the vocabulary',
      [start, step({ top: { log_probs: 'AAAAAA==' } })],
      'member_protocol',
      '3 ids has 1',
    ],
    [
      'a filtered list',
      [start, step({ top: { ids: 'AAAAAA==', log_probs: 'AAAAAA==' } })],
      'filtered_list',
      'listed 1',
    ],
    [
      'a failure under way',
      [start, step(), '{"error":"out of memory","code":"internal"}'],
      'member_unavailable',
      'out of memory',
    ],
  ])('%s is named', async (_what, events, code, says) => {
    const error = await failure(run(await answering(...events)))
    expect(error).toMatchObject({ code, member: 'bad' })
    expect(error.message).toContain(says)
  })
})
