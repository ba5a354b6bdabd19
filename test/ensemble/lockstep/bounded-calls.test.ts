import { setImmediate as giveWay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { generate } from '../../../src/ensemble/generate.ts'
import { planCompletion } from '../../../src/ensemble/plan.ts'
import { TuttiError } from '../../../src/errors.ts'
import type { Context, ContinueOptions, Member, MemberStep, Probe, ScoreOptions } from '../../../src/members/member.ts'
import { defineOpenaiMember } from '../../../src/members/openai/define-openai-member.ts'
import { smallModel } from '../../conformance/support.ts'
import { defineToy, type Toy } from '../../core/lattice/toy.ts'
import { startTwin } from '../../wire/kit/twin.ts'
import { scripted } from '../../wire/kit/twin-model.ts'
import { openai } from '../../wire/openai.ts'
import { directoryOf, runOptions, ToyMember } from '../toy-member.ts'
import { ScoringMember } from './scoring-member.ts'

/** How streams end long before their length. */
interface Manner {
  /** Steps that a stream brings. */
  readonly brings: number
  /** Then it fails, instead of ending as if that were all. */
  readonly breaks: boolean
}

/** A toy whose streams end early; single lists come as ever. */
class ShortMember extends ToyMember {
  opened = 0
  readonly manner: Manner

  constructor(id: string, toy: Toy, manner: Manner) {
    super(id, toy, { fingerprint: 'one' })
    this.manner = manner
  }

  override async *continue(context: Context, options: ContinueOptions): AsyncGenerator<MemberStep> {
    this.opened++
    await giveWay()
    const { brings, breaks } = this.manner
    if (options.maxTokens <= Math.max(1, brings)) return yield* super.continue(context, options)
    yield* super.continue(context, { ...options, maxTokens: brings })
    if (breaks) throw new TuttiError('member_unavailable', 'the stream broke off', { member: this.id })
  }
}

/** A scoring toy that has no scores to tell when it is asked for some. */
class SilentMember extends ScoringMember {
  override async score(_context: Context, _continuation: Int32Array, { signal }: ScoreOptions): Promise<MemberStep[]> {
    await this.called(signal)
    this.scored++
    return []
  }
}

/** A toy whose server answers every call, and lists nothing. */
class MuteMember extends ToyMember {
  opened = 0

  override async *continue(): AsyncGenerator<MemberStep> {
    this.opened++
    await giveWay()
    yield* []
  }
}

const bytes = ['', 'a', 'b', ' ', 'ab', 'ba', ' a', 'aba'].map((text) => new TextEncoder().encode(text))
const toys = [1, 2].map((seed) => {
  const toy = defineToy(bytes, { ends: 1, controls: 0, seed, sharpness: 8 })
  const endless = (p: number, id: number) => (id === 0 ? 1e-9 : p)
  return { ...toy, probabilities: (context: readonly number[]) => toy.probabilities(context).map(endless) }
}) as [Toy, Toy]

async function write(members: readonly Member[], overrides: object, maxTokens = 12) {
  const directory = await directoryOf(members, { tau: 5e-3, deadlineMs: 3_000, ...overrides })
  const request = { model: 'toys', prompt: 'ab', maxTokens, stop: [], diagnostics: 'summary' as const }
  let text = ''
  for await (const event of generate(planCompletion(directory, request, 1), runOptions())) {
    if (event.kind === 'finish') return { text, reason: event.reason, diagnosis: event.diagnosis! }
    text += event.text
  }
  throw new Error('no finish')
}

describe("the number of a member's calls is bounded by that of the steps, whatever its server does", () => {
  const manners: Manner[] = [
    { brings: 0, breaks: false },
    { brings: 1, breaks: false },
    { brings: 1, breaks: true },
    { brings: 3, breaks: false },
  ]

  test.each(
    (['token', 'byte'] as const).flatMap((granularity) => manners.map((manner) => ({ granularity, ...manner }))),
  )('by $granularity, with streams that end after $brings steps, broken off: $breaks', async (c) => {
    // The text goes the way of the one whose streams are short, and waits for the other.
    const run = async (manner: Manner, decoding = 'run_ahead') => {
      const short = new ShortMember('short', toys[0], manner)
      const slow = new ToyMember('slow', toys[1], { fingerprint: 'one', delay: () => 4 })
      const seats = [
        { member: short, weight: 0.95 },
        { member: slow, weight: 0.05 },
      ]
      const { text, diagnosis } = await write([short, slow], { granularity: c.granularity, seats, decoding })
      const { used, wasted } = diagnosis.members[0]!.tokens
      return { text, degraded: diagnosis.degraded, opened: short.opened, lists: used + wasted }
    }
    const [proper, ended] = [await run({ brings: 1_000, breaks: false }), await run(c)]
    expect(ended).toMatchObject({ text: (await run(c, 'stepwise')).text, degraded: false })
    // A call for every list would be as many, and a stream that is left early costs some in vain; without a bound it is thousands.
    expect(ended.opened).toBeLessThan(4 * proper.lists)
  })

  test('with scores along a draft that never come', async () => {
    const silent = new SilentMember('silent', toys[0], { fingerprint: 'one', delay: () => 2 })
    const other = new ToyMember('other', toys[1], { fingerprint: 'one' })
    const { diagnosis } = await write([silent, other], { granularity: 'token' }, 40)
    expect(silent.scored).toBeGreaterThan(0)
    expect(diagnosis.degraded).toBe(false)
    expect(diagnosis.members[0]!.calls).toBeLessThan(3 * diagnosis.steps)
  })

  test('with lists that never come, which is an error of the member', async () => {
    const mute = new MuteMember('mute', toys[0])
    const message = expect.stringContaining('without a distribution')
    await expect(write([mute], {})).rejects.toMatchObject({ code: 'quorum_not_met', message })
    expect(mute.opened).toBeLessThan(4)
  })

  test('with an end that a stream tells by its finish alone: the list is asked for by itself, and has the end', async () => {
    const end = smallModel().vocabulary.size - 1
    const model = scripted(smallModel(), 2, [97, 98, end])
    const twin = await startTwin(openai({ silentEnd: true }), model)
    const options = { id: 'm', url: twin.url, model: 'toy', apiKey: null, contextLength: null, headers: {} }
    const member = defineOpenaiMember({ ...options, tokenizer: model.tokenizer, api: 'completions' })
    onTestFinished(async () => {
      await member.close()
      await twin.close()
    })
    for (const granularity of ['token', 'byte'] as const) {
      const before = twin.calls.length
      expect(await write([member], { granularity, topK: 5 })).toMatchObject({ text: 'ab', reason: 'stop' })
      expect(twin.calls.length - before).toBeLessThan(20)
    }
  })
})

/** A toy whose lists have an entry less than was asked for, as where names of tokens are equal. */
class MergingMember extends ToyMember {
  asked = 0
  readonly longest: number

  constructor(id: string, toy: Toy, longest: number) {
    // So that the deadline can end what goes on for ever.
    super(id, toy, { fingerprint: 'one', delay: () => 1 })
    this.longest = longest
  }

  override continue(context: Context, options: ContinueOptions): AsyncGenerator<MemberStep> {
    this.asked++
    return super.continue(context, { ...options, topK: options.topK - 1 })
  }

  override async probe(): Promise<Probe> {
    const probe = await super.probe()
    return { ...probe, capabilities: { ...probe.capabilities, maxTopK: this.longest } }
  }
}

test('a list that stays shorter than was asked for is asked for no oftener than there are longer ones', async () => {
  const flat = { ...toys[0], probabilities: () => [1e-9, 0.15, 0.14, 0.15, 0.14, 0.14, 0.14, 0.14] }
  for (const [longest, asked] of [
    [2, 1],
    [5, 2],
  ] as const) {
    const member = new MergingMember('m', flat, longest)
    const ensemble = { granularity: 'token', decoding: 'stepwise', topK: 2, uncertified: 'longer_lists' }
    const { diagnosis } = await write([member], ensemble, 5)
    expect(diagnosis).toMatchObject({ steps: 5, certified_steps: 0 })
    expect(member.asked).toBe(5 * asked)
  }
})
