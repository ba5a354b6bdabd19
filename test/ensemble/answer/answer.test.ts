import { describe, expect, test } from 'vitest'
import { answerTogether } from '../../../src/ensemble/answer/answer.ts'
import type { AnswerDiagnosis } from '../../../src/ensemble/answer/answer-diagnosis.ts'
import { choosesAnswers, planText } from '../../../src/ensemble/answer/plan-text.ts'
import type { Ensemble } from '../../../src/ensemble/ensemble.ts'
import { generate } from '../../../src/ensemble/generate.ts'
import { type CompletionRequest, planCompletion } from '../../../src/ensemble/plan.ts'
import { TuttiError } from '../../../src/errors.ts'
import type { Member } from '../../../src/members/member.ts'
import { defineToy } from '../../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from '../toy-member.ts'
import { talker } from './talker.ts'

const majority = { kind: 'majority', samples: 1, canonicalise: 'number', utility: 'chrf' } as const
const question: CompletionRequest = {
  model: 'toys',
  prompt: { messages: [{ role: 'user', content: 'What is six times seven?' }], prefill: '' },
  promptParam: 'messages',
  maxTokens: 100,
  stop: [],
  diagnostics: 'summary',
}

interface Told {
  readonly text: string
  readonly reason: string
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number }
  readonly diagnosis: AnswerDiagnosis
}

async function ask(
  members: readonly Member[],
  {
    ensemble = {},
    request = {},
    options = runOptions(),
  }: {
    ensemble?: Partial<Ensemble>
    request?: Partial<CompletionRequest>
    options?: ReturnType<typeof runOptions>
  } = {},
): Promise<Told> {
  const directory = await directoryOf(members, { strategy: majority, ...ensemble })
  const plan = planText(directory, { ...question, ...request }, 11)
  if (!choosesAnswers(plan)) throw new Error('planned to be fused')
  let text = ''
  for await (const event of answerTogether(plan, options)) {
    if (event.kind === 'segment') text += event.text
    else return { text, reason: event.reason, usage: event.usage, diagnosis: event.diagnosis as AnswerDiagnosis }
  }
  throw new Error('no end')
}

const right = () => talker('a', 'It is 42.')
const rightToo = () => talker('b', 'After some thought: 42')
const wrong = () => talker('c', 'Surely 41')
const dead = (id: string) =>
  talker(id, '', { failure: new TuttiError('member_unreachable', 'connection refused', { member: id }) })

function weighed(members: readonly Member[], ...weights: number[]): Partial<Ensemble> {
  return { seats: members.map((member, index) => ({ member, weight: weights[index]! })) }
}

describe('majority', () => {
  test('two that say the same outvote a third, and the diagnosis holds every candidate', async () => {
    const { text, usage, reason, diagnosis } = await ask([right(), wrong(), rightToo()])
    expect(text).toBe('After some thought: 42')
    expect(reason).toBe('stop')
    expect(usage).toEqual({ promptTokens: 7, completionTokens: 4 })
    expect(diagnosis).toMatchObject({ strategy: 'majority', degraded: false, uncanonical: false, samples: 1 })
    expect(
      diagnosis.candidates.map(({ author, canonical, votes, score, chosen }) => ({
        author,
        canonical,
        votes,
        score,
        chosen,
      })),
    ).toEqual([
      { author: 'a', canonical: '42', votes: 2, score: 2 / 3, chosen: false },
      { author: 'c', canonical: '41', votes: 1, score: 1 / 3, chosen: false },
      { author: 'b', canonical: '42', votes: 2, score: 2 / 3, chosen: true },
    ])
    expect(diagnosis.usage).toEqual({ calls: 3, prompt_tokens: 21, answer_tokens: 9 })
    expect(diagnosis.members.map(({ status, answers }) => ({ status, answers }))).toEqual(
      Array(3).fill({ status: 'ok', answers: 1 }),
    )
  })

  test('the order of members changes nothing of the answer', async () => {
    const orders = [
      [right(), rightToo(), wrong()],
      [wrong(), rightToo(), right()],
      [rightToo(), wrong(), right()],
    ]
    const texts = await Promise.all(orders.map((members) => ask(members).then(({ text }) => text)))
    expect(new Set(texts).size).toBe(1)
  })

  test('with all weight on one member its answer is given, whatever the others agree on', async () => {
    const members = [right(), rightToo(), wrong()]
    expect((await ask(members, { ensemble: weighed(members, 0, 0, 1) })).text).toBe('Surely 41')
  })

  test("several samples share their author's weight, and each has a seed of its own", async () => {
    const members = [talker('a', (_, call) => `It is ${call < 2 ? 41 : 42}.`), rightToo()]
    const { text, diagnosis } = await ask(members, {
      ensemble: { ...weighed(members, 0.6, 0.4), strategy: { ...majority, samples: 3 } },
    })
    // 41: two thirds of .6; 42: one third of .6, and .4. Of those that say 42, the one of .6 is the heaviest.
    expect(text).toBe('It is 42.')
    expect(diagnosis.candidates).toHaveLength(6)
    expect(new Set(diagnosis.candidates.map(({ seed }) => seed)).size).toBe(6)
    expect(members[0]!.asked.map(({ seed }) => seed)).toEqual(diagnosis.candidates.slice(0, 3).map(({ seed }) => seed))
  })

  test('a member has the same seeds whoever else takes part', async () => {
    const seeds = async (members: readonly Member[]) =>
      (await ask(members)).diagnosis.candidates.filter(({ author }) => author === 'b').map(({ seed }) => seed)
    expect(await seeds([right(), rightToo()])).toEqual(await seeds([rightToo(), wrong(), dead('d')]))
  })

  test('where no answer has anything to compare, whole texts are compared, and the diagnosis says so', async () => {
    const { text, diagnosis } = await ask([talker('a', 'yes'), talker('b', 'no'), talker('c', 'no ')])
    expect(text.trim()).toBe('no')
    expect(diagnosis).toMatchObject({ uncanonical: true })
    expect(diagnosis.candidates.map(({ canonical }) => canonical)).toEqual([null, null, null])
  })

  test('an answer without anything to compare takes no part beside others', async () => {
    const members = [talker('a', 'no idea'), rightToo()]
    const { text, diagnosis } = await ask(members, { ensemble: weighed(members, 0.9, 0.1) })
    expect(text).toBe('After some thought: 42')
    expect(diagnosis.candidates[0]).toMatchObject({ canonical: null, votes: 0, score: null })
  })
})

test('mbr gives the answer nearest to all', async () => {
  const texts = ['the cat sat on the mat', 'the cat sat on a mat', 'a cat sat on a mat', 'dogs bark']
  const members = texts.map((text, index) => talker(`m${index}`, text))
  const { text, diagnosis } = await ask(members, {
    ensemble: { strategy: { kind: 'mbr', samples: 1, canonicalise: 'exact', utility: 'chrf' } },
  })
  expect(text).toBe(texts[1])
  expect(diagnosis).toMatchObject({ strategy: 'mbr', utility: 'chrf' })
})

describe('members that fail', () => {
  test('one dead: degraded, still right, and its weight is shared out', async () => {
    const { text, diagnosis } = await ask([right(), dead('b'), wrong(), talker('d', '42')])
    expect(text).toBe('42')
    expect(diagnosis.degraded).toBe(true)
    expect(diagnosis.members[1]).toMatchObject({
      id: 'b',
      status: 'error',
      error: { code: 'member_unreachable' },
      effective_weight: 0,
      answers: 0,
    })
    expect(diagnosis.members[0]!.effective_weight).toBeCloseTo(1 / 3, 12)
  })

  test('all dead: the quorum is not met, and the error says why for each', async () => {
    await expect(ask([dead('a'), dead('b')])).rejects.toMatchObject({
      code: 'quorum_not_met',
      message: expect.stringMatching(/a: connection refused; b: connection refused/),
    })
  })

  test('too few for the quorum is an error though one has answered', async () => {
    await expect(ask([right(), dead('b')], { ensemble: { quorum: 2 } })).rejects.toMatchObject({
      code: 'quorum_not_met',
    })
  })

  test('one that is late is lost when the deadline has passed, and the answer is given without it', async () => {
    const { text, diagnosis } = await ask([right(), talker('slow', '41', { delay: 10_000 })], {
      ensemble: { deadlineMs: 150 },
    })
    expect(text).toBe('It is 42.')
    expect(diagnosis.members[1]).toMatchObject({ status: 'timeout', error: { code: 'deadline_exceeded' } })
  })

  test('nobody in time is a deadline that is exceeded', async () => {
    const slow = talker('slow', '41', { delay: 10_000 })
    await expect(ask([slow], { ensemble: { deadlineMs: 50 } })).rejects.toMatchObject({ code: 'deadline_exceeded' })
  })

  test('some of the samples of a member: degraded, with those that came', async () => {
    const flaky = talker('a', (_, call) => {
      if (call === 1) throw new TuttiError('member_timeout', 'no first byte', { member: 'a' })
      return '42'
    })
    const { diagnosis } = await ask([flaky], { ensemble: { strategy: { ...majority, samples: 3 } } })
    expect(diagnosis).toMatchObject({
      degraded: true,
      members: [{ status: 'timeout', answers: 2, effective_weight: 1 }],
    })
  })

  test("what is the request's fault fails it at once", async () => {
    const refusing = talker('b', '', {
      failure: new TuttiError('context_length_exceeded', 'too long', { member: 'b' }),
    })
    const started = performance.now()
    await expect(ask([talker('a', '42', { delay: 5_000 }), refusing])).rejects.toMatchObject({
      code: 'context_length_exceeded',
      param: 'messages',
    })
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  test('a client that goes ends all calls', async () => {
    const gone = new AbortController()
    setTimeout(() => gone.abort(), 50)
    const slow = talker('a', '42', { delay: 10_000 })
    await expect(ask([slow], { options: runOptions(gone.signal) })).rejects.toMatchObject({ code: 'client_closed' })
  })
})

describe('members that write by their distributions', () => {
  const bytes = ['a', 'b', ' ', 'ab', 'ba'].map((text) => new TextEncoder().encode(text))
  const toy = (seed: number) => defineToy([new Uint8Array(0), ...bytes], { ends: 1, controls: 0, seed, sharpness: 3 })
  const story = { prompt: 'ab a', promptParam: 'prompt', maxTokens: 5 }

  test('each answer is what the member alone writes by the seed that the diagnosis tells', async () => {
    const members = [new ToyMember('a', toy(1)), new ToyMember('b', toy(2))]
    const ensemble = { strategy: { ...majority, canonicalise: 'exact' as const, samples: 3 } }
    const request = { ...story, temperature: 1 }
    const { text, diagnosis, usage } = await ask(members, { ensemble, request })
    const directory = await directoryOf(members, ensemble)
    expect(diagnosis.candidates).toHaveLength(6)
    for (const { author, seed, text: written, tokens } of diagnosis.candidates) {
      let own = ''
      const plan = planCompletion(directory, { ...question, ...request, model: `toys/${author}` }, seed)
      for await (const event of generate(plan, runOptions())) if (event.kind === 'segment') own += event.text
      expect(written).toBe(own)
      expect(tokens!.answer > 0).toBe(written !== '')
    }
    const chosen = diagnosis.candidates.find((candidate) => candidate.chosen)
    expect(text).toBe(chosen!.text)
    expect(usage.completionTokens).toBe(chosen!.tokens!.answer)
  })

  test('one that fails on the way is told by its own error', async () => {
    const members = [new ToyMember('a', toy(1)), new ToyMember('b', toy(2), { failFrom: 4 })]
    const { diagnosis } = await ask(members, { request: story })
    expect(diagnosis.members[1]).toMatchObject({ status: 'error', error: { code: 'member_unreachable' } })
  })

  test('rerank: the others judge in bits per byte, and a text that they find likely wins over its author', async () => {
    const members = [new ToyMember('a', toy(1)), new ToyMember('b', toy(1)), new ToyMember('c', toy(9))]
    const strategy = { kind: 'rerank', samples: 2, canonicalise: 'exact', utility: 'chrf' } as const
    const { diagnosis } = await ask(members, { ensemble: { strategy }, request: { ...story, temperature: 1 } })
    const judged = diagnosis.candidates.filter(({ score }) => score !== null)
    expect(judged.length).toBeGreaterThan(0)
    for (const { author, score, bits_per_byte: bits } of judged) {
      expect(bits!.map(({ member }) => member)).toEqual(['a', 'b', 'c'].filter((id) => id !== author))
      expect(score).toBeCloseTo(bits!.reduce((sum, one) => sum + one.bits!, 0) / bits!.length, 9)
    }
    const best = judged.toSorted((one, other) => one.score! - other.score!)[0]
    expect(diagnosis.candidates.find(({ chosen }) => chosen)!.score).toBe(best!.score)
  })

  test('rerank: who only answers is judged and judges nobody, and the diagnosis says so', async () => {
    const members = [new ToyMember('a', toy(1)), new ToyMember('b', toy(2))]
    const chat = Object.assign(talker('c', 'ab ab'), {})
    const talking = members.map((member) =>
      Object.assign(member, {
        chat: async () => ({ tokens: Int32Array.from(toy(1).tokenize(new TextEncoder().encode('ab'))) }),
      }),
    )
    const strategy = { kind: 'rerank', samples: 1, canonicalise: 'exact', utility: 'chrf' } as const
    const { diagnosis } = await ask([...talking, chat], { ensemble: { strategy }, request: { maxTokens: 5 } })
    expect(diagnosis.members.map(({ scorer }) => scorer)).toEqual([
      { status: 'ok' },
      { status: 'ok' },
      { status: 'unable', reason: 'gives no lists of what comes next' },
    ])
    const own = diagnosis.candidates.find(({ author }) => author === 'c')
    expect(own!.bits_per_byte!.map(({ member }) => member)).toEqual(['a', 'b'])
    expect(diagnosis.degraded).toBe(false)
  })
})

describe('requests that whole answers can not honour are refused by name', () => {
  const refusal = (members: readonly Member[], request: Partial<CompletionRequest>, ensemble: Partial<Ensemble> = {}) =>
    ask(members, { request, ensemble }).then(
      () => null,
      (error: TuttiError) => ({ code: error.code, param: error.param }),
    )
  const rerank = { kind: 'rerank' } as const

  test.each<[string, Partial<CompletionRequest>]>([
    ['logprobs', { alternatives: 2 }],
    ['logit_bias', { penalties: { frequency: 0, presence: 0, bias: new Map([[1, 1]]) } }],
    ['presence_penalty', { penalties: { frequency: 0, presence: 1, bias: new Map() } }],
    ['min_p', { minP: 0.1 }],
    ['prompt', { prompt: 'Once', promptParam: 'prompt' }],
    ['max_tokens', { maxTokens: 0 }],
    ['ensemble.utility', { strategy: { utility: 'chrf' } }],
    ['ensemble.samples', { strategy: { kind: 'fuse', samples: 2 } }],
    ['ensemble.strategy', { strategy: rerank }],
    ['model', { strategy: { kind: 'fuse' } }],
  ])('%s', async (param, request) => {
    expect(await refusal([right(), rightToo()], request)).toEqual({ code: 'unsupported_parameter', param })
  })

  test('a member whose weight is below 0', async () => {
    const members = [right(), rightToo()]
    expect(await refusal(members, {}, weighed(members, 1.5, -0.5))).toMatchObject({ param: 'ensemble.strategy' })
  })

  test('a member that has neither answers nor a chat template', async () => {
    const toy = defineToy([new Uint8Array(0), Uint8Array.of(97)], { ends: 1, controls: 0, seed: 1, sharpness: 1 })
    expect(await refusal([right(), new ToyMember('b', toy)], {})).toMatchObject({ param: 'messages' })
  })
})

test('a member alone that only answers gives its own answer, once', async () => {
  const { text, diagnosis } = await ask([right(), rightToo()], {
    ensemble: { strategy: { ...majority, samples: 5 } },
    request: { model: 'toys/b' },
  })
  expect(text).toBe('After some thought: 42')
  expect(diagnosis.candidates).toHaveLength(1)
})

test('what servers are asked: sampling as the request says, a beginning as the last message, no more than they have room for', async () => {
  const members = [talker('a', '42', { contextLength: 50 })]
  await ask(members, {
    request: {
      prompt: { messages: [{ role: 'user', content: 'x' }], prefill: 'It is' },
      temperature: 0.3,
      topP: 0.8,
      stop: ['\n'],
      maxTokens: 65_536,
      openEnded: true,
    },
  })
  expect(members[0]!.asked[0]).toMatchObject({
    messages: [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: 'It is' },
    ],
    temperature: 0.3,
    topP: 0.8,
    stop: ['\n'],
    maxTokens: 50,
    topK: 0,
  })
})
