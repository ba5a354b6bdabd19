import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { classify } from '../../src/ensemble/classify/classify.ts'
import { type ClassifyRequest, planClassify } from '../../src/ensemble/classify/plan-classify.ts'
import type { Ensemble } from '../../src/ensemble/ensemble.ts'
import type { Answer, AnswerRequest, Member, Probe } from '../../src/members/member.ts'
import { defineToy, massOfPrefix, type Toy } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const letters = ['a', 'b', ' ']
const word = fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))

/** Toys of whole characters without control tokens: probabilities of texts are sums over their tokenizations. */
const toyArbitrary = fc
  .record({
    words: fc.array(word, { maxLength: 6 }),
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    sharpness: fc.double({ min: 0.5, max: 4, noNaN: true }),
  })
  .map(({ words, seed, sharpness }) => toyOf(words, seed, sharpness))
const labelsArbitrary = fc.uniqueArray(word, { minLength: 2, maxLength: 5 })

function toyOf(words: readonly string[], seed: number, sharpness = 3): Toy {
  const bytes = ['', ...letters, ...words].map((text) => new TextEncoder().encode(text))
  return defineToy(bytes, { ends: 1, controls: 0, seed, sharpness })
}

const usual = {
  model: 'toys',
  contentFree: [],
  diagnostics: 'summary',
} as const

async function classified(
  members: readonly Member[],
  request: Partial<ClassifyRequest> & { readonly texts: readonly string[] },
  overrides: Partial<Ensemble> = {},
) {
  const { texts, ...given } = request
  const labels = texts.map((label) => ({ label }))
  const directory = await directoryOf(members, overrides)
  const plan = planClassify(directory, { ...usual, prompts: [''], labels, ...given })
  return classify(plan, runOptions())
}

function membersOf(toys: readonly Toy[]): ToyMember[] {
  return toys.map((toy, index) => new ToyMember(`m${index}`, toy))
}

/** By label. */
function sharesOf({ labels }: Awaited<ReturnType<typeof classified>>[number]): Map<string, number> {
  return new Map(labels.map(({ label, probability }) => [label, probability]))
}

describe('labels scored through the lattice', () => {
  test('have the probabilities that enumeration of all tokenizations gives them, by every member and the pool', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, labelsArbitrary, async (one, other, texts) => {
        // Blanks that all begin with are read as the prompt's, by its own tokenization.
        fc.pre(!texts.every((text) => text.startsWith(' ')))
        const [found] = await classified(membersOf([one, other]), { texts })
        const shares = [one, other].map((toy) => normalised(texts.map((text) => mass(toy, text))))
        for (const [index, text] of texts.entries()) {
          const label = found!.labels.find((each) => each.label === text)!
          expect(label.members.map(({ probability }) => probability)).toEqual(
            shares.map((share) => expect.closeTo(share[index]!, 9)),
          )
          expect(label.probability).toBeCloseTo((shares[0]![index]! + shares[1]![index]!) / 2, 9)
          expect(label.low).toBeCloseTo(label.probability, 9)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('sum to 1 in every pool, and permuting labels permutes the answer', async () => {
    const pools = fc.constantFrom('linear', 'log_linear', 'vote' as const)
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, labelsArbitrary, pools, async (one, other, texts, pool) => {
        const asked = (order: readonly string[]) => classified(membersOf([one, other]), { texts: order, pool })
        const [found] = await asked(texts)
        const [turned] = await asked(texts.toReversed())
        const [shares, others] = [sharesOf(found!), sharesOf(turned!)]
        expect([...shares.values()].reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
        for (const [label, p] of shares) expect(others.get(label)).toBeCloseTo(p, 9)
      }),
      { numRuns: 30 },
    )
  })

  test('weights of one member alone give that member', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, labelsArbitrary, async (one, other, texts) => {
        const members = membersOf([one, other])
        const seats = members.map((member, index) => ({ member, weight: 1 - index }))
        const [alone] = await classified(members.slice(0, 1), { texts })
        for (const pool of ['linear', 'log_linear'] as const) {
          const [found] = await classified(members, { texts, pool }, { seats })
          for (const [label, p] of sharesOf(found!)) expect(p).toBeCloseTo(sharesOf(alone!).get(label)!, 9)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('an input without content is uniform under `contextual`', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, labelsArbitrary, word, async (one, other, texts, empty) => {
        const asked = { texts, prompts: [empty], contentFree: [empty], normalisation: 'contextual' } as const
        const [found] = await classified(membersOf([one, other]), asked)
        for (const p of sharesOf(found!).values()) expect(p).toBeCloseTo(1 / texts.length, 9)
      }),
      { numRuns: 30 },
    )
  })

  test('a blank may end the prompt or begin the labels: it is all one, in every normalisation', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, labelsArbitrary, async (toy, texts) => {
        for (const normalisation of ['none', 'per_byte', 'contextual', 'pmi'] as const) {
          const baseline = (end: string) => ({ contentFree: [`b${end}`], domain: `b${end}` })
          const [before] = await classified(membersOf([toy]), {
            texts,
            prompts: ['a '],
            ...baseline(' '),
            normalisation,
          })
          const spaced = texts.map((text) => ` ${text}`)
          const [after] = await classified(membersOf([toy]), {
            texts: spaced,
            prompts: ['a'],
            ...baseline(''),
            normalisation,
          })
          for (const [label, p] of sharesOf(before!)) expect(sharesOf(after!).get(` ${label}`)).toBeCloseTo(p, 9)
        }
      }),
      { numRuns: 20 },
    )
  })

  test('pmi takes off what the domain’s prompt gives a label', async () => {
    const toy = toyOf(['ab', 'ba'], 6)
    const texts = ['a', 'bb']
    const asked = { texts, prompts: [''], domain: 'b', normalisation: 'pmi' } as const
    const [found] = await classified([new ToyMember('m', toy)], asked)
    const [plain] = await classified([new ToyMember('m', toy)], { texts, prompts: ['b'] })
    const expected = normalised(texts.map((text) => mass(toy, text) / sharesOf(plain!).get(text)!))
    expect(sharesOf(found!).get('a')).toBeCloseTo(expected[0]!, 9)
  })

  test('what labels begin with alike is asked once', async () => {
    const toy = toyOf(['ab'], 3)
    const callsOf = async (texts: readonly string[]) =>
      (await classified(membersOf([toy]), { texts }))[0]!.members[0]!.calls
    const together = await callsOf(['bababa', 'bababb'])
    const apart = (await callsOf(['bababa', 'a'])) + (await callsOf(['bababb', 'a']))
    expect(together).toBeLessThan(0.6 * apart)
  })

  test('with truncated lists the truth of a one-byte label lies within its bounds, and a certain one is right', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, fc.integer({ min: 1, max: 4 }), async (one, other, topK) => {
        const texts = ['a', 'b', ' ']
        const [full] = await classified(membersOf([one, other]), { texts })
        const [short] = await classified(membersOf([one, other]), { texts }, { topK })
        for (const { label, low, high } of short!.labels) {
          const truth = sharesOf(full!).get(label)!
          expect(truth).toBeGreaterThanOrEqual(low - 1e-9)
          expect(truth).toBeLessThanOrEqual(high + 1e-9)
        }
        if (short!.certain) expect(short!.labels[0]!.label).toBe(full!.labels[0]!.label)
      }),
      { numRuns: 60 },
    )
  })

  test('each temperature scales its own member’s scores', async () => {
    const toys = [toyOf(['ab'], 1), toyOf(['ba'], 2)]
    const texts = ['a', 'b']
    const [found] = await classified(membersOf(toys), { texts, temperatures: new Map([['m1', 2]]) })
    const cold = normalised(texts.map((text) => mass(toys[1]!, text) ** 0.5))
    const label = found!.labels.find((one) => one.label === 'a')!
    expect(label.members.map(({ probability }) => probability)).toEqual([
      expect.closeTo(normalised(texts.map((text) => mass(toys[0]!, text)))[0]!, 9),
      expect.closeTo(cold[0]!, 9),
    ])
  })

  test('a stacked pool takes members and labels in its own order', async () => {
    const toys = [toyOf(['ab'], 1), toyOf(['ba'], 2)]
    const rows = [
      [0.5, 1, -1, 2, 0],
      [0, 0, 1, -0.5, 1],
    ]
    const stacking = { labels: ['b', 'a'], members: ['m1', 'm0'], rows }
    const [found] = await classified(membersOf(toys), { texts: ['a', 'b'], pool: 'stacking', stacking })
    const columns = [toys[1]!, toys[0]!].flatMap((toy) =>
      normalised(['b', 'a'].map((text) => mass(toy, text))).map(Math.log),
    )
    const [b, a] = rows.map(([bias, ...row]) => row.reduce((sum, c, i) => sum + c * columns[i]!, bias!))
    expect(sharesOf(found!).get('a')).toBeCloseTo(1 / (1 + Math.exp(b! - a!)), 9)
  })

  test('what was learned for labels is taken for them, and for no others; what a request says goes before', async () => {
    const toys = [toyOf(['ab'], 1), toyOf(['ba'], 2)]
    const coefficients = [
      [0.5, 1, -1, 2, 0],
      [0, 0, 1, -0.5, 1],
    ]
    const common = {
      labels: ['b', 'a'],
      normalisation: 'per_byte',
      temperatures: [2, 0.5],
      poolTemperature: 3,
    } as const
    const explicit = {
      normalisation: 'per_byte',
      temperatures: new Map([
        ['m0', 2],
        ['m1', 0.5],
      ]),
      poolTemperature: 3,
    } as const
    const stacking = { labels: ['b', 'a'], members: ['m0', 'm1'], rows: coefficients }
    for (const rows of [null, coefficients]) {
      const learnedLabels = { ...common, coefficients: rows }
      const asked = { ...explicit, ...(rows !== null && { pool: 'stacking' as const, stacking }) }
      const [said] = await classified(membersOf(toys), { texts: ['a', 'b'], ...asked })
      const [found] = await classified(membersOf(toys), { texts: ['a', 'b'] }, { learnedLabels })
      expect(sharesOf(found!)).toEqual(sharesOf(said!))
      const [plain] = await classified(membersOf(toys), { texts: ['a', 'ab'] })
      const [others] = await classified(membersOf(toys), { texts: ['a', 'ab'] }, { learnedLabels })
      expect(sharesOf(others!)).toEqual(sharesOf(plain!))
      const own = { normalisation: 'none', pool: 'linear', temperatures: new Map(), poolTemperature: 1 } as const
      const [asIs] = await classified(membersOf(toys), { texts: ['a', 'b'], ...own }, { learnedLabels })
      expect(sharesOf(asIs!)).toEqual(sharesOf((await classified(membersOf(toys), { texts: ['a', 'b'] }))[0]!))
    }
  })

  test('the temperature of the pool scales what the pool has made', async () => {
    const toys = [toyOf(['ab'], 1), toyOf(['ba'], 2)]
    const [plain] = await classified(membersOf(toys), { texts: ['a', 'b'] })
    const [warm] = await classified(membersOf(toys), { texts: ['a', 'b'], poolTemperature: 2 })
    const expected = normalised(['a', 'b'].map((label) => sharesOf(plain!).get(label)! ** 0.5))
    expect(sharesOf(warm!).get('a')).toBeCloseTo(expected[0]!, 12)
  })
})

describe('members that are lost, or that only answer', () => {
  test('a dead member leaves its weight to the others, and the answer says so', async () => {
    const toys = [toyOf(['ab'], 1), toyOf(['ba'], 2)]
    const members = [new ToyMember('m0', toys[0]!), new ToyMember('m1', toys[1]!, { failFrom: 2 })]
    const [found] = await classified(members, { texts: ['a', 'b'] })
    const [alone] = await classified([members[0]!], { texts: ['a', 'b'] })
    expect(found!.degraded).toBe(true)
    expect(sharesOf(found!)).toEqual(sharesOf(alone!))
    expect(found!.members).toMatchObject([
      { id: 'm0', status: 'ok', effective_weight: 1 },
      { id: 'm1', status: 'error', effective_weight: 0, error: { code: 'member_unreachable' } },
    ])
    await expect(classified(members, { texts: ['a', 'b'] }, { quorum: 2 })).rejects.toMatchObject({
      code: 'quorum_not_met',
    })
  })

  test('a member that only answers takes part by its first lists, with bounds for what they leave open', async () => {
    const chat = new ChatOnly('chat', { yes: 0.7, no: 0.2 })
    const [alone] = await classified([chat], { texts: ['yes', 'no'], prompts: ['Is it so?'] })
    expect(alone!.members[0]).toMatchObject({ status: 'ok', scored_by: 'answer', calls: 1 })
    expect(sharesOf(alone!).get('yes')).toBeCloseTo(0.7 / 0.9, 9)
    const [yes] = alone!.labels
    expect(yes!.low).toBeCloseTo(0.7 / (0.7 + 0.3), 9)
    expect(yes!.high).toBeCloseTo(0.8 / (0.8 + 0.2), 9)
    expect(alone!.certain).toBe(true)
    const unsure = new ChatOnly('chat', { yes: 0.3, no: 0.25 })
    expect((await classified([unsure], { texts: ['yes', 'no'] }))[0]!.certain).toBe(false)
    const toy = toyOf(['ab'], 4)
    const [mixed] = await classified([new ToyMember('m', toy), new ChatOnly('chat', { a: 0.7, b: 0.2 })], {
      texts: ['a', 'b'],
    })
    expect(mixed!.degraded).toBe(false)
    const own = normalised(['a', 'b'].map((text) => mass(toy, text)))
    expect(sharesOf(mixed!).get('a')).toBeCloseTo((own[0]! + 0.7 / 0.9) / 2, 9)
  })

  test.each([
    ['a probability above 1', { a: 1.6, b: 0.2 }],
    ['probabilities that sum to more than 1', { a: 0.7, b: 0.5 }],
  ])('one that tells %s is lost', async (_what, first) => {
    const liar = new ChatOnly('chat', first)
    const [found] = await classified([new ToyMember('m', toyOf(['ab'], 4)), liar], { texts: ['a', 'b'] })
    expect(found).toMatchObject({
      degraded: true,
      members: [{ status: 'ok' }, { status: 'error', error: { code: 'invalid_distribution' } }],
    })
  })

  test('one that tells no log-probabilities is lost', async () => {
    const silent = new ChatOnly('chat', null)
    const [found] = await classified([new ToyMember('m', toyOf(['ab'], 4)), silent], { texts: ['a', 'b'] })
    expect(found).toMatchObject({ degraded: true, members: [{ status: 'ok' }, { status: 'error' }] })
  })
})

describe('what can’t be done is refused with the field', () => {
  const members = membersOf([toyOf(['ab'], 1), toyOf(['ba'], 2)])
  const rows = [
    [0, 1, 0, 1, 0],
    [0, 0, 1, 0, 1],
  ]
  const stacking = { labels: ['a', 'b'], members: ['m0', 'm1'], rows }
  test.each([
    [{ temperatures: new Map([['m7', 1]]) }, 'temperatures.m7'],
    [{ pool: 'stacking' }, 'stacking'],
    [{ stacking }, 'stacking'],
    [{ pool: 'stacking', stacking: { ...stacking, members: ['m0'] } }, 'stacking.members'],
    [{ pool: 'stacking', stacking: { ...stacking, labels: ['a', 'c'] } }, 'stacking.labels'],
    [{ pool: 'stacking', stacking: { ...stacking, rows: [[0, 1]] } }, 'stacking.coefficients'],
    [{ labels: [{ label: 'a' }, { label: 'a' }] }, 'labels[1]'],
    [
      {
        labels: [
          { label: 'x', verbalisations: ['a'] },
          { label: 'y', verbalisations: ['b', 'a'] },
        ],
      },
      'labels[1]',
    ],
    [{ prompts: [[{ role: 'user', content: 'a' }]] }, 'messages'],
  ] as const)('%j: %s', async (part, param) => {
    await expect(classified(members, { texts: ['a', 'b'], ...part })).rejects.toMatchObject({ status: 400, param })
  })
})

function mass(toy: Toy, text: string): number {
  return massOfPrefix(toy, [0], new TextEncoder().encode(text))
}

function normalised(values: readonly number[]): number[] {
  const sum = values.reduce((total, value) => total + value, 0)
  return values.map((value) => value / sum)
}

/** A member as OpenAI's chat API gives it: answers with the likeliest first tokens, and nothing else. */
class ChatOnly extends ToyMember {
  readonly #first: Readonly<Record<string, number>> | null

  constructor(id: string, first: Readonly<Record<string, number>> | null) {
    super(id, toyOf([], 1))
    this.#first = first
  }

  async answer(request: AnswerRequest): Promise<Answer> {
    expect(request).toMatchObject({ temperature: 1, topP: 1, messages: [{ role: 'user' }] })
    const all = Object.entries(this.#first ?? {}).map(([text, p]) => ({ text, bytes: null, logProb: Math.log(p) }))
    const [first] = all
    const tokens = first === undefined ? null : [{ ...first, alternatives: all }]
    return { text: first?.text ?? 'yes', finish: 'length', tokens, usage: null }
  }

  override async probe(): Promise<Probe> {
    return { ...(await super.probe()), vocabulary: null }
  }
}
