import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { uniform } from '../../src/core/decode/noise.ts'
import { type PoolKind, pools } from '../../src/core/pool/pools.ts'
import { generate } from '../../src/ensemble/generate.ts'
import type { FinishEvent, SegmentEvent } from '../../src/ensemble/generation-event.ts'
import { type CompletionRequest, planCompletion } from '../../src/ensemble/plan.ts'
import { TuttiError } from '../../src/errors.ts'
import { defineToy, toyArbitrary } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const request: CompletionRequest = {
  model: 'toys',
  prompt: 'ab ',
  maxTokens: 12,
  temperature: 1,
  stop: [],
  diagnostics: 'summary',
}

interface Outcome {
  readonly text: string
  readonly segments: readonly SegmentEvent[]
  readonly finish: FinishEvent
}

async function complete(
  members: readonly ToyMember[],
  overrides: Partial<CompletionRequest> = {},
  { seed = 1, ensemble = {}, signal }: { seed?: number; ensemble?: object; signal?: AbortSignal } = {},
): Promise<Outcome> {
  const directory = await directoryOf(members, { tau: 5e-3, ...ensemble })
  const segments: SegmentEvent[] = []
  for await (const event of generate(
    planCompletion(directory, { ...request, ...overrides }, seed),
    runOptions(signal),
  )) {
    if (event.kind === 'finish') return { text: segments.map(({ text }) => text).join(''), segments, finish: event }
    segments.push(event)
  }
  throw new Error('the generation ended without a finish event')
}

const bytes = ['', 'a', 'b', ' ', 'ab', 'ba', ' a', 'aba'].map((text) => new TextEncoder().encode(text))
const toys = [1, 2, 3].map((seed) => defineToy(bytes, { ends: 1, controls: 0, seed, sharpness: 4 }))
const endless = [1, 2].map((seed) => {
  const toy = defineToy(bytes, { ends: 1, controls: 0, seed, sharpness: 4 })
  return {
    ...toy,
    probabilities: (context: readonly number[]) => toy.probabilities(context).map((p, id) => (id === 0 ? 1e-9 : p)),
  }
})
const members = (options = {}) => toys.map((toy, index) => new ToyMember(`m${index}`, toy, options))

describe('generate', () => {
  test('text, probabilities and choices are the same whatever the delays of the members', async () => {
    await fc.assert(
      fc.asyncProperty(
        toyArbitrary,
        toyArbitrary,
        fc.nat(1000),
        fc.constantFrom(0, 1),
        async (a, b, seed, temperature) => {
          const run = (delayed: boolean) => {
            let call = 0
            const delay = () => (delayed && uniform(seed, call++, 0) > 0.8 ? 1 : 0)
            const pair = [new ToyMember('a', a, { delay }), new ToyMember('b', b, { delay })]
            return complete(pair, { temperature, maxTokens: 6, diagnostics: 'steps' }, { seed })
          }
          const [fast, slow] = [await run(false), await run(true)]
          expect(slow.segments).toEqual(fast.segments)
          expect(slow.finish.reason).toBe(fast.finish.reason)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('another seed gives another text, greedy decoding none', async () => {
    const texts = new Set<string>()
    for (let seed = 0; seed < 8; seed++) texts.add((await complete(members(), {}, { seed })).text)
    expect(texts.size).toBeGreaterThan(4)
    const greedy = async (seed: number) => (await complete(members(), { temperature: 0 }, { seed })).text
    expect(await greedy(1)).toBe(await greedy(2))
  })

  test('a member alone through "ensemble/member" gives what it gives as the only member', async () => {
    const alone = await complete([new ToyMember('m1', toys[1]!)])
    const named = await complete(members(), { model: 'toys/m1' })
    expect(named.text).toBe(alone.text)
    expect(named.finish.diagnosis?.members.map(({ id }) => id)).toEqual(['m1'])
  })

  test('what was decided is all of it, wherever a stop string cuts the text', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, fc.nat(1000), fc.constantFrom('a', 'b', ' ', 'ab'), async (toy, seed, stop) => {
        const run = (stops: string[]) => complete([new ToyMember('a', toy)], { stop: stops }, { seed })
        const [whole, cut] = [await run([]), await run([stop])]
        const logProbOf = (segments: readonly SegmentEvent[]) => segments.reduce((sum, { logProb }) => sum + logProb, 0)
        expect(whole.finish.decided).toEqual({
          logProb: expect.closeTo(logProbOf(whole.segments), 9),
          segments: whole.segments.length,
        })
        // The same seed decides the same text as far as it goes.
        const { logProb, segments } = cut.finish.decided!
        expect(segments).toBeGreaterThanOrEqual(cut.segments.length)
        expect(logProb).toBeCloseTo(logProbOf(whole.segments.slice(0, segments)), 9)
        const held = whole.segments
          .slice(0, segments)
          .map(({ text }) => text)
          .join('')
        expect(held.startsWith(cut.text)).toBe(true)
        if (whole.text.includes(stop)) expect(held).toContain(stop)
      }),
      { numRuns: 60 },
    )
  })

  test('max_tokens counts segments of the lead member', async () => {
    const pair = endless.map((toy, index) => new ToyMember(`m${index}`, toy))
    const { finish, segments } = await complete(pair, { maxTokens: 7 })
    expect(finish).toMatchObject({ reason: 'length', usage: { completionTokens: 7 } })
    expect(segments.length).toBe(7)
    expect(await complete(pair, { maxTokens: 0 })).toMatchObject({ text: '', finish: { reason: 'length' } })
  })

  test('max_tokens holds where every token of the lead member ends inside a character', async () => {
    const [first, middle, last] = new TextEncoder().encode('語') as unknown as [number, number, number]
    const shifted = [[], [97], [98], [32], [first], [middle], [last], [middle, last, first]].map((one) =>
      Uint8Array.from(one),
    )
    const toy = defineToy(shifted, { ends: 1, controls: 0, seed: 1, sharpness: 1 })
    const probabilities = (context: readonly number[]) => {
      const [wanted, rest] = [(context.at(-1) as number) < 4 ? 4 : 7, 0.01 / 7]
      return shifted.map((_, id) => (id === wanted ? 0.99 : rest))
    }
    const { text, segments } = await complete([new ToyMember('m0', { ...toy, probabilities })], {
      temperature: 0,
      maxTokens: 5,
    })
    expect(segments.map((segment) => segment.text)).toEqual(['語', '語', '語', '語', '語'])
    expect(text).toBe('語語語語語')
  })

  test('a stop string ends the text before itself, wherever segments end', async () => {
    const pair = endless.map((toy, index) => new ToyMember(`m${index}`, toy))
    const whole = (await complete(pair, { maxTokens: 30 })).text
    const stop = whole.slice(5, 8)
    const stopped = await complete(pair, { maxTokens: 30, stop: [stop] })
    expect(stopped.text).toBe(whole.slice(0, whole.indexOf(stop)))
    expect(stopped.finish.reason).toBe('stop')
  })

  test('an end chosen by the ensemble ends the text', async () => {
    const ending = { ...toys[0]!, probabilities: () => [0.93, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01] }
    const { text, finish } = await complete([new ToyMember('m0', ending)], { temperature: 0, prompt: '' })
    expect([text, finish.reason, finish.usage.completionTokens]).toEqual(['', 'stop', 0])
  })

  test('a member lost on the way degrades the answer, which goes on as the ensemble of the others', async () => {
    const [first, second] = endless.map((toy, index) => new ToyMember(`m${index}`, toy))
    const faulty = new ToyMember('m2', toys[2]!, { failFrom: 6 })
    const { finish } = await complete([first!, second!, faulty])
    const diagnosis = finish.diagnosis!
    expect(finish.reason).toBe('length')
    expect(diagnosis.degraded).toBe(true)
    expect(diagnosis.members.map(({ status }) => status)).toEqual(['ok', 'ok', 'error'])
    expect(diagnosis.members[2]).toMatchObject({ effective_weight: 0, error: { code: 'member_unreachable' } })
    expect(diagnosis.members[0]?.effective_weight).toBeCloseTo(0.5, 12)
  })

  test('members lost before the first list leave exactly the ensemble of the others', async () => {
    const dead = new ToyMember('m0', toys[0]!, { failFrom: 1 })
    const degraded = await complete([dead, new ToyMember('m1', toys[1]!), new ToyMember('m2', toys[2]!)])
    const rest = await complete([new ToyMember('m1', toys[1]!), new ToyMember('m2', toys[2]!)])
    expect(degraded.text).toBe(rest.text)
  })

  test('below the quorum there is no answer but an error that names who is missing', async () => {
    const dead = new ToyMember('m0', toys[0]!, { failFrom: 4 })
    const answer = complete([dead, new ToyMember('m1', toys[1]!)], { maxTokens: 50 }, { ensemble: { quorum: 2 } })
    await expect(answer).rejects.toMatchObject({
      code: 'quorum_not_met',
      message: expect.stringContaining('m0: connection reset'),
    })
  })

  test('a contrasted member is no expert: without those it is contrasted with there is no answer', async () => {
    const expert = new ToyMember('m0', toys[0]!, { failFrom: 4 })
    const amateur = new ToyMember('m1', toys[1]!)
    const seats = [
      { member: expert, weight: 1.5 },
      { member: amateur, weight: -0.5 },
    ]
    const ensemble = { seats, pool: 'log_linear' }
    await expect(complete([expert, amateur], { maxTokens: 50 }, { ensemble })).rejects.toMatchObject({
      code: 'quorum_not_met',
      message: expect.stringContaining('sum to more than 0'),
    })
  })

  test.each(Object.keys(pools) as PoolKind[])('the %s pool fuses what is generated, step by step', async (pool) => {
    const pair = endless.map((toy, index) => new ToyMember(`m${index}`, toy))
    const { segments } = await complete(pair, { diagnostics: 'steps', maxTokens: 10 }, { ensemble: { pool } })
    const steps = segments.flatMap((segment) => segment.steps)
    expect(steps.length).toBeGreaterThan(5)
    for (const { surprisal, members: shares } of steps) {
      const [a, b] = shares.map(({ probability }) => probability) as [number, number]
      const fused = 2 ** -surprisal!
      if (pool === 'linear') expect(fused).toBeCloseTo((a + b) / 2, 10)
      // Normalising can only raise the geometric mean of two distributions.
      if (pool === 'log_linear') expect(fused).toBeGreaterThan(Math.sqrt(a * b) - 1e-12)
      if (pool === 'vote') expect([0.5, 1]).toContain(fused)
    }
  })

  test('longer lists certify what short ones leave uncertain, and are asked for no more than needed', async () => {
    const pair = () => endless.map((toy, index) => new ToyMember(`m${index}`, toy))
    const short = await complete(pair(), { maxTokens: 15 }, { ensemble: { topK: 2 } })
    const longer = await complete(pair(), { maxTokens: 15 }, { ensemble: { topK: 2, uncertified: 'longer_lists' } })
    const whole = await complete(pair(), { maxTokens: 15 })
    const uncertain = ({ finish }: Outcome) => finish.diagnosis!.steps - finish.diagnosis!.certified_steps
    expect(uncertain(short)).toBeGreaterThan(3)
    expect([uncertain(longer), uncertain(whole)]).toEqual([0, 0])
    const listed = ({ finish }: Outcome) => finish.diagnosis!.members[0]!.tokens.listed / finish.diagnosis!.steps
    expect(listed(longer)).toBeGreaterThan(listed(short))
  })

  test('with renormalise the unlisted mass goes to what is listed', async () => {
    const toy = { ...toys[0]!, probabilities: () => [0.01, 0.5, 0.2, 0.05, 0.04, 0.1, 0.05, 0.05] }
    const one = (unlisted: string) =>
      complete(
        [new ToyMember('m0', toy)],
        { prompt: '', maxTokens: 1, temperature: 0, diagnostics: 'steps' },
        { ensemble: { topK: 2, unlisted } },
      )
    const spread = (await one('spread')).segments[0]!.steps[0]!
    const renormalised = (await one('renormalise')).segments[0]!.steps[0]!
    // Listed are "a" (0.5) and "b" (0.2); two of the six unlisted tokens begin with "a".
    expect(2 ** -renormalised.surprisal!).toBeCloseTo(0.5 / 0.7, 9)
    expect(2 ** -spread.surprisal!).toBeCloseTo(0.5 + (0.3 * 2) / 6, 9)
    expect(renormalised.missing_mass).toBeCloseTo(spread.missing_mass, 9)
  })

  test('the deadline ends a request whose members hang', async () => {
    const slow = [new ToyMember('m0', toys[0]!, { delay: () => 5000 })]
    const started = performance.now()
    await expect(complete(slow, {}, { ensemble: { deadlineMs: 50 } })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    })
    expect(performance.now() - started).toBeLessThan(2000)
  })

  test('a client that goes ends the request at once', async () => {
    const controller = new AbortController()
    const answer = complete([new ToyMember('m0', toys[0]!, { delay: () => 5000 })], {}, { signal: controller.signal })
    setTimeout(() => controller.abort(), 20)
    await expect(answer).rejects.toMatchObject({ code: 'client_closed' })
  })

  test('a prompt too long for a member is a fault of the request that names the member and its limit', async () => {
    const small = new ToyMember('m0', toys[0]!, { contextLength: 2 })
    const answer = complete([small], { prompt: 'ababababab' })
    await expect(answer).rejects.toBeInstanceOf(TuttiError)
    await expect(answer).rejects.toMatchObject({
      code: 'context_length_exceeded',
      status: 400,
      member: 'm0',
      param: 'prompt',
    })
  })

  test('a member whose context is full ends the text by length', async () => {
    const toy = endless[0]!
    const { finish, text } = await complete([new ToyMember('m0', toy, { contextLength: 8 })], { maxTokens: 100 })
    expect(finish.reason).toBe('length')
    expect(text.length).toBeGreaterThan(0)
  })

  test('the diagnosis adds up', async () => {
    const { segments, finish } = await complete(
      members(),
      { diagnostics: 'steps', maxTokens: 8 },
      { ensemble: { decoding: 'stepwise' } },
    )
    const diagnosis = finish.diagnosis!
    const steps = segments.flatMap((segment) => segment.steps)
    expect(diagnosis.steps).toBe(steps.length)
    expect(diagnosis.certified_steps).toBe(steps.length)
    expect(diagnosis.missing_mass_max).toBe(0)
    for (const step of steps) {
      expect(step.members.reduce((sum, { responsibility }) => sum + responsibility, 0)).toBeCloseTo(1, 10)
      const fused = step.members.reduce((sum, { probability }) => sum + probability / 3, 0)
      expect(-Math.log2(fused)).toBeCloseTo(step.surprisal!, 10)
      expect([step.entropy_low, step.entropy_high]).toEqual([step.entropy, step.entropy])
      expect(step.jensen_shannon).toBeGreaterThanOrEqual(0)
      expect(step.jensen_shannon).toBeLessThanOrEqual(Math.log2(3) + 1e-12)
    }
    for (const [index, member] of diagnosis.members.entries()) {
      expect(member.tokens.used + member.tokens.wasted).toBe(member.contexts)
      expect(member.calls).toBe(member.contexts)
      const responsibility = steps.reduce((sum, step) => sum + step.members[index]!.responsibility, 0) / steps.length
      expect(member.mean_responsibility).toBeCloseTo(responsibility, 10)
      const bytes = steps.filter(({ symbol }) => symbol !== 'end')
      const bits = bytes.reduce((sum, step) => sum - Math.log2(step.members[index]!.probability), 0)
      expect(member.bits_per_byte).toBeCloseTo(bits / bytes.length, 10)
    }
    const logProb = segments.reduce((sum, segment) => sum + segment.logProb, 0)
    expect(logProb / Math.LN2).toBeCloseTo(
      steps.reduce((sum, step) => sum - step.surprisal!, 0),
      8,
    )
  })
})
