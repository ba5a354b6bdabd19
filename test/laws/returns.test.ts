import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseSymbol } from '../../src/core/decode/choose.ts'
import type { Granularity } from '../../src/core/lattice/alphabet.ts'
import type { StepDiagnosis } from '../../src/ensemble/diagnosis.ts'
import type { Ensemble } from '../../src/ensemble/ensemble.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import { type ErrorCode, TuttiError } from '../../src/errors.ts'
import { defineToy } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from '../ensemble/toy-member.ts'

/** One byte a token: a text has one tokenization, so that where a member starts anew changes nothing of what it says. */
const bytes = ['', 'a', 'b', 'c', ' '].map((text) => new TextEncoder().encode(text))
const prompt = 'ab'

function toyOf(seed: number, sharpness = 4) {
  const toy = defineToy(bytes, { ends: 1, controls: 0, seed, sharpness })
  // Texts that do not end, and depend on no more than where they begin and their last bytes.
  const probabilities = (context: readonly number[]) => {
    const nearby = [...context.slice(0, 1), ...context.slice(-2)]
    const own = toy.probabilities(nearby).map((p, id) => (id === 0 ? 1e-9 : p))
    const whole = own.reduce((sum, p) => sum + p, 0)
    return own.map((p) => p / whole)
  }
  return { ...toy, probabilities }
}

/** A member whose server fails while it is told to. */
class Failing extends ToyMember {
  failsBy: ErrorCode | null = null
  failures = 0

  override async called(signal: AbortSignal): Promise<void> {
    await super.called(signal)
    if (this.failsBy === null) return
    this.failures++
    throw new TuttiError(this.failsBy, 'its server fails', { member: this.id })
  }
}

interface Trouble {
  readonly code: ErrorCode
  /** Bytes of the text at which it begins and ends. */
  readonly from: number
  readonly to: number
  /** Whether the member is known to be down until then, by whoever watches it. */
  readonly watched: boolean
}

interface Run {
  readonly steps: readonly StepDiagnosis[]
  readonly degraded: boolean
  readonly missingWeight: number | undefined
  readonly away: readonly { from_step: number; to_step: number | null; code: string }[]
  /** By which the next symbol would be weighed. */
  readonly endWeights: readonly number[]
  readonly failing: Failing
}

const weights = [0.5, 0.3, 0.2]
const maxTokens = 160

interface Setting {
  readonly overrides?: Partial<Ensemble>
  readonly prompt?: string
  readonly sharpness?: number
}

async function run(seeds: readonly number[], trouble: Trouble, seed: number, setting: Setting = {}) {
  const { overrides = {}, sharpness, ...asked } = setting
  const shared = { fingerprint: 'one' }
  const members = seeds.map((one, index) => new Failing(`m${index}`, toyOf(one, sharpness), shared))
  const failing = members[1]!
  const plain = await directoryOf(members, {
    seats: members.map((member, index) => ({ member, weight: weights[index]! })),
    tau: 5e-3,
    ...overrides,
  })
  const down = () => (trouble.watched && failing.failsBy !== null ? 'its last call failed' : null)
  const directory = {
    ...plain,
    state: (id: string) => ({ ...plain.state(id), ...(id === failing.id && { down }) }),
  }
  const request = {
    model: 'toys',
    prompt,
    maxTokens,
    temperature: 1,
    stop: [],
    diagnostics: 'steps' as const,
    ...asked,
  }
  // A clock on which every look takes a while: time passes with the text, and no machine is too slow for it.
  let now = 0
  const options = { ...runOptions(), clock: () => (now += 2) }
  const steps: StepDiagnosis[] = []
  for await (const event of generate(planCompletion(directory, request, seed), options)) {
    if (event.kind === 'finish') {
      const { degraded, missing_weight: missingWeight, members: all } = event.diagnosis!
      const endWeights = all.map(({ effective_weight }) => effective_weight)
      return { steps, degraded, missingWeight, away: all[1]!.away ?? [], endWeights, failing } satisfies Run
    }
    steps.push(...event.steps)
    failing.failsBy = steps.length >= trouble.from && steps.length < trouble.to ? trouble.code : null
  }
  throw new Error('no finish')
}

/** The members' own probabilities of the next byte after a text, as they are there and then fused: by enumeration. */
function fusedAfter(text: string, seeds: readonly number[], present: readonly number[]): number[] {
  const context = [...`${prompt}${text}`].map((letter) => bytes.findIndex((one) => one[0] === letter.charCodeAt(0)))
  const whole = present.reduce((sum, index) => sum + weights[index]!, 0)
  const fused = bytes.map(() => 0)
  for (const index of present) {
    for (const [id, p] of toyOf(seeds[index]!).probabilities(context).entries())
      fused[id]! += (weights[index]! * p) / whole
  }
  return fused
}

/** What the pool of those who were there would have chosen at each step, with its probability. */
function expectPooled({ steps }: Run, seeds: readonly number[], seed: number): void {
  let text = ''
  for (const [at, { symbol, surprisal, members }] of steps.entries()) {
    const present = members.map(({ id }) => Number(id.slice(1)))
    const fused = fusedAfter(text, seeds, present)
    const distribution = new Float64Array(257)
    for (const [id, p] of fused.entries()) distribution[bytes[id]![0] ?? 256] = p
    const chosen = chooseSymbol(distribution, { temperature: 1, topP: 1, minP: 0, seed, step: at })
    expect(symbol).toBe(chosen)
    expect(2 ** -surprisal!).toBeCloseTo(distribution[chosen]!, 9)
    text += String.fromCharCode(chosen)
  }
}

const codes = fc.constantFrom<ErrorCode>('member_unreachable', 'member_unavailable', 'circuit_open')
const troubles = fc.record({
  code: codes,
  from: fc.integer({ min: 1, max: 40 }),
  lasts: fc.integer({ min: 1, max: 30 }),
  watched: fc.boolean(),
})
const ways = fc.constantFrom('run_ahead', 'stepwise') satisfies fc.Arbitrary<Ensemble['decoding']>
const seeds = fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000))

test('a member that fails for a while is lost and back, and every byte is that of those who were there', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, troubles, ways, fc.nat(10_000), async (members, { lasts, ...trouble }, decoding, seed) => {
      const found = await run(members, { ...trouble, to: trouble.from + lasts }, seed, { overrides: { decoding } })
      expectPooled(found, members, seed)
      const gone = found.steps.filter((step) => step.members.length === 2)
      const told = found.away.reduce(
        (sum, { from_step, to_step }) => sum + (to_step ?? found.steps.length) - from_step,
        0,
      )
      expect(told).toBe(gone.length)
      expect(found.degraded).toBe(gone.length > 0)
      if (gone.length === 0) return
      expect(found.away[0]).toMatchObject({ code: trouble.code })
      expect(found.away.at(-1)!.to_step).not.toBeNull()
      expect(found.steps.at(-1)!.members).toHaveLength(3)
      expect(found.missingWeight).toBeCloseTo((weights[1]! * gone.length) / found.steps.length, 12)
    }),
    { numRuns: 40 },
  )
})

/**
 * Each step has the probability that the members give it who were there, weighed by all of the text before it: also by what was written
 * while one was away. Returns the weights at the end.
 */
function expectWeighed(
  { steps }: Run,
  toys: readonly ReturnType<typeof toyOf>[],
  begun: readonly number[],
  granularity: Granularity,
): number[] {
  const context = [...begun]
  const logs = toys.map((_, index) => Math.log(weights[index]!))
  for (const { symbol, surprisal, members } of steps) {
    const id = granularity === 'token' ? Number(symbol) : bytes.findIndex(([byte]) => byte === symbol)
    expect(id).toBeGreaterThan(0)
    const own = toys.map((toy) => toy.probabilities(context)[id]!)
    const present = members.map((member) => Number(member.id.slice(1)))
    const most = Math.max(...present.map((index) => logs[index]!))
    const shares = present.map((index) => Math.exp(logs[index]! - most))
    const mixed = present.reduce((sum, index, at) => sum + shares[at]! * own[index]!, 0)
    expect(2 ** -surprisal!).toBeCloseTo(mixed / shares.reduce((sum, share) => sum + share, 0), 9)
    own.forEach((p, index) => {
      logs[index]! += Math.log(p)
    })
    context.push(id)
  }
  const most = Math.max(...logs)
  const whole = logs.reduce((sum, log) => sum + Math.exp(log - most), 0)
  return logs.map((log) => Math.exp(log - most) / whole)
}

test('with weights that follow the text a member that is back weighs what it would if it had never been away', async () => {
  const granularities = fc.constantFrom<Granularity>('byte', 'token')
  const settings = fc.record({ decoding: ways, granularity: granularities })
  const prompts = fc.constantFrom(prompt, '')
  // Members so alike that a text leaves each of them some weight.
  const sharpness = 0.5
  let back = 0
  await fc.assert(
    fc.asyncProperty(
      seeds,
      troubles,
      settings,
      prompts,
      fc.nat(10_000),
      async (members, trouble, setting, asked, seed) => {
        const { lasts, ...failure } = trouble
        const overrides: Partial<Ensemble> = { ...setting, adaptive: { kind: 'bayes' } }
        const to = failure.from + lasts
        const found = await run(members, { ...failure, to }, seed, { overrides, prompt: asked, sharpness })
        const toys = members.map((one) => toyOf(one, sharpness))
        // An empty prompt begins behind the end of another text.
        const begun = asked === '' ? [0] : toys[0]!.tokenize(new TextEncoder().encode(asked))
        const expected = expectWeighed(found, toys, begun, setting.granularity)
        if (found.away.length === 0) return
        expect(found.away.at(-1)!.to_step).not.toBeNull()
        back++
        found.endWeights.forEach((weight, index) => {
          expect(Math.abs(weight - expected[index]!)).toBeLessThan(1e-9)
        })
      },
    ),
    { numRuns: 60 },
  )
  expect(back).toBeGreaterThan(20)
})

const lasting = { from: 10, to: maxTokens, code: 'member_unreachable', watched: false } as const

test('a server that goes on failing is called a few times more, and the answer is that of the others', async () => {
  const seeds = [1, 2, 3]
  const found = await run(seeds, lasting, 5)
  expectPooled(found, seeds, 5)
  expect(found.away).toEqual([{ from_step: expect.any(Number), to_step: null, code: 'member_unreachable' }])
  expect(found.failing.failures).toBeLessThan(20)
})

test('a server that is known to be down is not called', async () => {
  const found = await run([1, 2, 3], { ...lasting, watched: true }, 5)
  // Calls that were in work when it was lost.
  expect(found.failing.failures).toBeLessThan(4)
})

test.each(['member_protocol', 'invalid_distribution', 'member_rejected'] as const)(
  'a member that is lost by %s, which would come again, stays lost',
  async (code) => {
    const found = await run([1, 2, 3], { ...lasting, to: 12, code }, 5, { overrides: { decoding: 'stepwise' } })
    expect(found.away).toEqual([{ from_step: expect.any(Number), to_step: null, code }])
  },
)

test('with `on_member_loss: fail` nobody comes back: the request has failed', async () => {
  const overrides: Partial<Ensemble> = { onMemberLoss: 'fail', decoding: 'stepwise' }
  const failing = run([1, 2, 3], { ...lasting, to: 12 }, 5, { overrides })
  await expect(failing).rejects.toMatchObject({ code: 'member_unreachable', member: 'm1' })
})
