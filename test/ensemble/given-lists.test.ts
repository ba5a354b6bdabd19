import fc from 'fast-check'
import { expect, test } from 'vitest'
import { uniform } from '../../src/core/decode/noise.ts'
import type { TokenDistribution } from '../../src/core/distribution/token-distribution.ts'
import { endSymbol } from '../../src/core/lattice/symbols.ts'
import { utf8Allows, utf8Next, utf8Start } from '../../src/core/lattice/utf8.ts'
import { scorePrompt } from '../../src/ensemble/echo.ts'
import type { Ensemble } from '../../src/ensemble/ensemble.ts'
import { fusedScore, memberScores, type SymbolScore } from '../../src/ensemble/follow.ts'
import { type FollowRequest, followText, planFollow } from '../../src/ensemble/follow-text.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import type { Context, Member, MemberStep, Probe, QueryOptions, ScoreOptions } from '../../src/members/member.ts'
import { bruteForce, defineToy, listOfToy, type Toy, toyArbitrary } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const bytes = ['', 'a', 'b', ' ', 'ab', 'ba', ' a', 'aba'].map((text) => new TextEncoder().encode(text))
const toy = defineToy(bytes, { ends: 1, controls: 0, seed: 5, sharpness: 4 })

const shared = { fingerprint: 'toy' }

/** A toy whose server takes several contexts in one call. */
class QueryingToy extends ToyMember {
  async query(contexts: readonly Context[], { topK, signal }: QueryOptions): Promise<readonly TokenDistribution[]> {
    await this.called(signal)
    return contexts.map((context) => listOfToy(this.toy, tokensOf(context), topK))
  }
}

/** A toy whose server also reports lists along given tokens. */
class ScoringToy extends QueryingToy {
  scores = 0

  override async probe(): Promise<Probe> {
    const probe = await super.probe()
    return { ...probe, capabilities: { ...probe.capabilities, scoring: 'listed' } }
  }

  async score(context: Context, continuation: Int32Array, { topK, signal }: ScoreOptions) {
    await this.called(signal)
    this.scores++
    const given = tokensOf(context)
    return Array.from(
      continuation,
      (token, index): MemberStep => ({
        distribution: listOfToy(this.toy, [...given, ...continuation.subarray(0, index)], topK),
        token,
      }),
    )
  }
}

function tokensOf(context: Context): number[] {
  return [...(context as { tokens: Int32Array }).tokens]
}

const asked = { model: 'toys', diagnostics: 'summary' } as const

async function followed(
  members: readonly Member[],
  request: Pick<FollowRequest, 'prompt' | 'text' | 'cut'>,
  overrides: Partial<Ensemble> = {},
) {
  const directory = await directoryOf(members, overrides)
  const fused: SymbolScore[] = []
  const own: ReturnType<typeof memberScores>[] = []
  const whole = await followText(planFollow(directory, { ...asked, ...request }), runOptions(), (place) => {
    fused.push(fusedScore(place))
    own.push(memberScores(place))
  })
  return { ...whole, fused, own }
}

/** A text of the toy language, of so many characters. */
function textOf(length: number, seed: number): string {
  return Array.from({ length }, (_, index) => 'ab '[Math.floor(3 * uniform(seed, index, 0))]).join('')
}

test.each([
  { tau: 0.01, granularity: 'byte' },
  { tau: 0.01, granularity: 'token' },
  { tau: 0, granularity: 'byte' },
] as const)('a text has the same scores whatever calls the protocol has: $granularity, tau $tau', async (options) => {
  const text = textOf(options.tau === 0 ? 12 : 300, 3)
  const plain = await followed([new ToyMember('m', toy, shared)], { prompt: 'ab ', text }, options)
  const querying = new QueryingToy('m', toy, shared)
  const scoring = new ScoringToy('m', toy, shared)
  expect((await followed([querying], { prompt: 'ab ', text }, options)).fused).toEqual(plain.fused)
  expect((await followed([scoring], { prompt: 'ab ', text }, options)).fused).toEqual(plain.fused)
})

test('lists of a known text come many to a call', async () => {
  const text = textOf(300, 4)
  const calls = async (member: ToyMember, overrides: Partial<Ensemble>, prompt = '') => {
    const { diagnosis } = await followed([member], { prompt, text }, { tau: 0.05, ...overrides })
    return diagnosis!.members[0]!.calls
  }
  const scoring = new ScoringToy('m', toy, shared)
  const lists = await calls(new ToyMember('m', toy, shared), {})
  expect(lists).toBeGreaterThan(150)
  expect(await calls(scoring, {})).toBeLessThan(lists / 2)
  expect(scoring.scores).toBeLessThanOrEqual(3)
  // Healing leaves no token of this prompt.
  const short = new ScoringToy('m', toy, shared)
  expect(await calls(short, {}, 'a')).toBeLessThan(lists / 2)
  expect(short.scores).toBeGreaterThan(1)
  expect(await calls(new ScoringToy('m', toy, shared), { granularity: 'token' })).toBeLessThanOrEqual(3)
  expect(await calls(new QueryingToy('m', toy, shared), { granularity: 'token' })).toBeLessThanOrEqual(3)
})

test('a followed text has the probability that enumeration gives it, for every member and the pool', async () => {
  const short = fc.array(fc.constantFrom('a', 'b', ' ', 'é'), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(toyArbitrary, toyArbitrary, short, async (one, other, characters) => {
      const text = characters.join('')
      const members = [new ScoringToy('one', one), new ToyMember('other', other)]
      const { fused, own } = await followed(members, { prompt: '', text })
      const truths = [one, other].map((each) => enumerated(each, text))
      for (const [index, { logProb }] of fused.entries()) {
        const shares = truths.map((truth) => truth[index]!)
        expect(Math.exp(logProb)).toBeCloseTo((shares[0]! + shares[1]!) / 2, 9)
        expect(own[index]!.map((score) => Math.exp(score.logProb))).toEqual(
          shares.map((share) => expect.closeTo(share, 9)),
        )
      }
    }),
    { numRuns: 40 },
  )
})

/** Probabilities of each byte of the text, from its beginning, over all continuations that are valid UTF-8. */
function enumerated(one: Toy, text: string): number[] {
  const all = new TextEncoder().encode(text)
  let utf8 = utf8Start
  return Array.from(all, (byte, index) => {
    const here = utf8
    utf8 = utf8Next(utf8, byte)
    const allowed = (x: number) => (x === endSymbol ? here.remaining === 0 : utf8Allows(here, x))
    return bruteForce(one, [0], all.subarray(0, index), allowed)[byte]!
  })
}

test('the segments are the tokens of the lead member, and make up the text', async () => {
  for (const granularity of ['byte', 'token'] as const) {
    const { segments, fused } = await followed(
      [new ToyMember('m', toy, shared)],
      { prompt: 'ab', text: ' aba b', cut: true },
      { granularity, tau: 0.01 },
    )
    expect(segments!.map((segment) => new TextDecoder().decode(segment.bytes))).toEqual([' a', 'ba', ' ', 'b'])
    expect(segments!.reduce((sum, { symbols }) => sum + symbols, 0)).toBe(fused.length)
  }
})

test('a member lost under way leaves the text to the others', async () => {
  const members = [new ToyMember('lead', toy, { failFrom: 20 }), new ToyMember('other', toy)]
  const text = textOf(100, 8)
  const { degraded, present, fused } = await followed(members, { prompt: 'a', text, cut: true }, { tau: 0.05 })
  expect([degraded, present, fused.length]).toEqual([true, ['other'], 100])
  const dead = [new ToyMember('lead', toy, { failFrom: 0 }), new ToyMember('other', toy)]
  const alone = await followed(dead, { prompt: 'a', text, cut: true }, { tau: 0.05 })
  expect([alone.degraded, alone.present]).toEqual([true, ['other']])
  expect(alone.segments!.length).toBeGreaterThan(1)
})

test('a text that some member has no room for is the fault of the request', async () => {
  const small = new ScoringToy('small', toy, { contextLength: 20 })
  await expect(
    followed([small, new ToyMember('m', toy, shared)], { prompt: 'a', text: textOf(100, 1) }, { tau: 0.05 }),
  ).rejects.toMatchObject({ code: 'context_length_exceeded', member: 'small' })
})

test('a prompt that is echoed has the same scores with and without such calls', async () => {
  const scores = async (member: ToyMember) => {
    const directory = await directoryOf([member, new ToyMember('other', toy)])
    const request = { model: 'toys', prompt: 'ab ba ab', maxTokens: 0, stop: [], alternatives: 3 } as const
    return scorePrompt(planCompletion(directory, { ...request, diagnostics: 'summary' }, 1), runOptions())
  }
  const [plain, scoring] = [new ToyMember('m', toy, shared), new ScoringToy('m', toy, shared)]
  const [one, other] = [await scores(plain), await scores(scoring)]
  expect(other.segments).toEqual(one.segments)
  const callsOf = ({ diagnosis }: typeof one) => diagnosis!.members.find(({ id }) => id === 'm')!.calls
  expect(callsOf(other)).toBeLessThan(callsOf(one))
  expect(callsOf(other)).toBeGreaterThan(0)
})
