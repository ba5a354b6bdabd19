import { beforeAll, describe, expect, test } from 'vitest'
import type { AnswerRequest } from '../../src/members/member.ts'
import { failure } from '../members/support.ts'
import { ranked, scripted, type TwinModel, tinyModel } from '../wire/kit/twin-model.ts'
import { until } from '../worker/support.ts'
import { answering, scriptable } from './subjects.ts'
import { met, seen, signal, smallModel, started } from './support.ts'

const messages = [{ role: 'user', content: 'the people' }] as const
const request: AnswerRequest = { messages, maxTokens: 12, temperature: 0, topP: 1, seed: 7, stop: [], topK: 3 }

const decoded = (model: TwinModel, tokens: readonly number[]) =>
  new TextDecoder().decode(Buffer.concat(tokens.map((token) => model.vocabulary.bytes[token]!)), { stream: true })

function isText({ vocabulary }: TwinModel, tokens: readonly number[]): boolean {
  const bytes = Buffer.concat(tokens.map((token) => vocabulary.bytes[token]!))
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

/** @param wellFormed passing over tokens that go on with no text. */
async function greedyPath(model: TwinModel, context: readonly number[], length: number, wellFormed: boolean) {
  const path: number[] = []
  while (path.length < length && !model.vocabulary.end.has(path.at(-1)!)) {
    const all = await ranked(model, [...context, ...path])
    path.push(all.find(({ id }) => !wellFormed || isText(model, [...path, id]))!.id)
  }
  return path
}

describe.each(answering)('$kind', (entry) => {
  let tiny: TwinModel
  beforeAll(async () => {
    tiny = await (entry.reference ?? tinyModel)()
  })

  if (entry.offers.includes('chat')) {
    test('an answer at temperature 0 is the greedy way on from the conversation, counted as its server counts', async () => {
      const { member } = await started(entry, tiny)
      for (const talk of [messages, [...messages, { role: 'assistant', content: 'the sta' } as const]]) {
        const context = await member.chat!(talk, signal)
        const tokens =
          'tokens' in context ? [...context.tokens] : await seen(member, tiny, [...tiny.encode(context.text)])
        const path = await greedyPath(tiny, tokens, request.maxTokens, entry.wellFormed === true)
        const answer = await member.answer!({ ...request, messages: talk }, { signal })
        expect(answer.text).toBe(decoded(tiny, path))
        expect(answer.usage).toEqual({ promptTokens: tokens.length, answerTokens: path.length })
        expect(answer.finish).toBe(tiny.vocabulary.end.has(path.at(-1)!) ? 'stop' : 'length')
        expect(answer.tokens![0]!.text).toBe(decoded(tiny, path.slice(0, 1)))
        expect(answer.tokens![0]!.logProb).toBeCloseTo((await ranked(tiny, tokens))[0]!.logProb, 2)
      }
    })
  }

  test('one seed is one answer, another seed another', async () => {
    const { member } = await started(entry, tiny)
    const said = async (seed: number | null) => {
      return (await member.answer!({ ...request, temperature: 1, seed, topK: 0 }, { signal })).text
    }
    const first = await said(1)
    if (entry.unseeded !== true) expect(await said(1)).toBe(first)
    const others = await Promise.all([2, 3, null].map(said))
    expect(others.some((text) => text !== first)).toBe(true)
  })

  test('an answer ends before a stop string, and its tokens with it', async () => {
    const { member } = await started(entry, tiny)
    const long = { ...request, maxTokens: 40 }
    const { text } = await member.answer!(long, { signal })
    const [stop] = /[ -~]{2}/.exec(text.slice(1))!
    const answer = await member.answer!({ ...long, stop: [stop, 'never said'] }, { signal })
    expect(answer).toMatchObject({ text: text.slice(0, text.indexOf(stop)), finish: 'stop' })
    expect(
      answer
        .tokens!.map((token) => token.text)
        .join('')
        .startsWith(answer.text),
    ).toBe(true)
  })

  test('no log-probabilities are told unless asked for, and no more alternatives than can be', async () => {
    const { member } = await started(entry, tiny)
    expect((await member.answer!({ ...request, topK: 0 }, { signal })).tokens).toBeNull()
    for (const { alternatives } of (await member.answer!({ ...request, topK: 2 }, { signal })).tokens!) {
      expect(alternatives).toHaveLength(2)
      expect(alternatives[0]!.logProb).toBeGreaterThanOrEqual(alternatives[1]!.logProb)
    }
    const most = await member.answer!({ ...request, maxTokens: 1, topK: 9_999 }, { signal })
    expect(most.tokens![0]!.alternatives.length).toBeGreaterThan(2)
  })

  test('an aborted answer ends within 50 ms with the reason, and the server sees it', async () => {
    const { member, subject } = await started(entry, tiny, {}, { latency: { perTokenMs: 20, firstTokenMs: 20 } })
    await member.answer!({ ...request, maxTokens: 1 }, { signal })
    const left = subject.twin?.left ?? 0
    const controller = new AbortController()
    const failing = failure(member.answer!({ ...request, maxTokens: 100 }, { signal: controller.signal }))
    setTimeout(() => controller.abort(), subject.twin === null ? 0 : 60)
    await new Promise<void>((resolve) => controller.signal.addEventListener('abort', () => resolve()))
    const aborted = performance.now()
    expect(await failing).toMatchObject({ code: 'client_closed', member: 'm' })
    expect(performance.now() - aborted).toBeLessThan(50)
    if (subject.twin !== null) await until(() => subject.twin!.left > left, 1_000)
  })
})

describe.each(answering.filter((entry) => scriptable.includes(entry)))('$kind, whatever its server does', (entry) => {
  test('an answer whose stream fails or ends early has failed, and one that is refused says for how long', async () => {
    const { member, twin } = await met(entry, scripted(smallModel(), 1, []))
    const ask = () => failure(member.answer!(request, { signal }))
    twin.faults = { errorAfter: 2 }
    expect(await ask()).toMatchObject({ code: 'member_unavailable', member: 'm' })
    twin.faults = { endAfter: 2 }
    expect(await ask()).toMatchObject({ code: 'member_protocol', member: 'm' })
    twin.faults = { refuse: { status: 429, retryAfter: '3' } }
    expect(await ask()).toMatchObject({ code: 'member_unavailable', retryAfterMs: 3_000 })
  })
})
