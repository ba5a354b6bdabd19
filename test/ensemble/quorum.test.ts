import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Diagnosis } from '../../src/ensemble/diagnosis.ts'
import type { Ensemble } from '../../src/ensemble/ensemble.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { planCompletion, planPredict } from '../../src/ensemble/plan.ts'
import { predict } from '../../src/ensemble/predict.ts'
import { settledWithin } from '../../src/ensemble/settled-within.ts'
import { TuttiError } from '../../src/errors.ts'
import { defineToy } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const bytes = ['', 'a', 'b', ' ', 'ab', 'ba', ' a', 'aba'].map((text) => new TextEncoder().encode(text))
const toys = [1, 2, 3].map((seed) => {
  const toy = defineToy(bytes, { ends: 1, controls: 0, seed, sharpness: 4 })
  // Texts that hardly end.
  const probabilities = (context: readonly number[]) => toy.probabilities(context).map((p, id) => (id === 0 ? 1e-9 : p))
  return { ...toy, probabilities }
})

interface Run {
  readonly text: string
  /** Lengths of the text when each segment came. */
  readonly diagnosis: Diagnosis
}

async function complete(
  members: readonly ToyMember[],
  overrides: Partial<Ensemble> = {},
  asked: { readonly maxTokens?: number; readonly temperature?: number } = {},
  onSegment: (text: string) => void = () => {},
): Promise<Run> {
  const directory = await directoryOf(members, { tau: 5e-3, ...overrides })
  const request = { model: 'toys', prompt: 'ab', maxTokens: 30, stop: [], diagnostics: 'summary' as const, ...asked }
  let text = ''
  for await (const event of generate(planCompletion(directory, request, 11), runOptions())) {
    if (event.kind === 'finish') return { text, diagnosis: event.diagnosis as Diagnosis }
    text += event.text
    onSegment(text)
  }
  throw new Error('no finish')
}

const member = (index: number, delay?: () => number) => new ToyMember(`m${index}`, toys[index]!, delay ? { delay } : {})
const ways = ['run_ahead', 'stepwise'] as const

describe.each(ways)('with a grace (%s)', (decoding) => {
  test('nobody is left out who is in time, and the text is the same to the byte', async () => {
    const waiting = await complete([member(0), member(1), member(2)], { decoding }, { temperature: 1 })
    const grace = await complete(
      [member(0), member(1, () => 2), member(2)],
      { decoding, graceMs: 5_000 },
      { temperature: 1 },
    )
    expect(grace.text).toBe(waiting.text)
    expect(grace.diagnosis.degraded).toBe(false)
    expect(grace.diagnosis).not.toHaveProperty('missing_weight')
  })

  test('one who never answers is left out, and the text is that of the others with their weights', async () => {
    const stuck = member(1, () => 100_000)
    const started = performance.now()
    const run = await complete([member(0), stuck, member(2)], { decoding, quorum: 2, graceMs: 60 }, { temperature: 1 })
    expect(performance.now() - started).toBeLessThan(5_000)
    const others = await complete([member(0), member(2)], { decoding }, { temperature: 1 })
    expect(run.text).toBe(others.text)
    expect(run.diagnosis).toMatchObject({ degraded: true, missing_weight: expect.closeTo(1 / 3, 12) })
    expect(run.diagnosis.members.map(({ status, effective_weight }) => [status, effective_weight])).toEqual([
      ['ok', 0.5],
      ['timeout', 0],
      ['ok', 0.5],
    ])
    expect(run.diagnosis.members[1]?.error).toMatchObject({ code: 'member_timeout' })
  })

  test('one who is slow for a while comes back at a later step', async () => {
    let slow = true
    const moody = member(1, () => (slow ? 100_000 : 0))
    const run = await complete(
      [member(0, () => 1), moody, member(2, () => 1)],
      { decoding, quorum: 2, graceMs: 40 },
      { maxTokens: 90 },
      (text) => {
        if (text.length > 4) slow = false
      },
    )
    const [, back] = run.diagnosis.members
    expect(run.diagnosis.degraded).toBe(true)
    expect(back).toMatchObject({ status: 'ok', effective_weight: expect.closeTo(1 / 3, 12) })
    expect(run.diagnosis.missing_weight).toBeGreaterThan(0)
    expect(run.diagnosis.missing_weight).toBeLessThan(1 / 3)
  })
})

test('a member that is left out is called no more', async () => {
  const signals: AbortSignal[] = []
  class Watched extends ToyMember {
    override async called(signal: AbortSignal): Promise<void> {
      signals.push(signal)
      return super.called(signal)
    }
  }
  const stuck = new Watched('m1', toys[1]!, { delay: () => 100_000 })
  const run = complete([member(0, () => 3), stuck], { graceMs: 30 }, { maxTokens: 60 }, () => {
    expect(signals[0]?.aborted).toBe(true)
    expect(signals[0]?.reason).toMatchObject({ code: 'member_timeout' })
  })
  expect((await run).diagnosis.degraded).toBe(true)
})

test('without the quorum nobody is left out: the request waits for it until its deadline', async () => {
  const late = complete([member(0), member(1, () => 100_000)], { quorum: 2, graceMs: 10, deadlineMs: 200 })
  await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' })
})

test.each(ways)('behind the deadline nobody goes on without those who are late (%s)', async (decoding) => {
  const whole = await complete([member(0), member(1)], { decoding }, { maxTokens: 3 })
  for (let from = 1; from <= 10; from++) {
    let calls = 0
    const stuck = member(0, () => (++calls >= from ? 100_000 : 0))
    const run = complete([stuck, member(1)], { decoding, deadlineMs: 60 }, { maxTokens: 3 })
    // Who has lists that came ahead, or needs none to move, could end the text alone.
    const text = await run.then(
      (answer) => answer.text,
      (error) => error.code,
    )
    expect([whole.text, 'deadline_exceeded'], `stuck from call ${from}`).toContain(text)
  }
})

test('a prediction is made at the deadline of those who have answered, and says who has not', async () => {
  const directory = await directoryOf([member(0), member(1, () => 100_000)], { deadlineMs: 60 })
  const request = { model: 'toys', prompt: 'ab', top: 5, words: 0, diagnostics: 'summary' as const }
  const { diagnosis } = await predict(planPredict(directory, request), runOptions())
  expect(diagnosis?.members.map(({ status }) => status)).toEqual(['ok', 'timeout'])
  expect(diagnosis?.degraded).toBe(true)
})

test('with `on_member_loss: fail` the error of the lost member is that of the request', async () => {
  const dead = new ToyMember('m1', toys[1]!, { failFrom: 4 })
  const failing = complete([member(0), dead, member(2)], { onMemberLoss: 'fail' })
  await expect(failing).rejects.toMatchObject({ code: 'member_unreachable', member: 'm1' })
  const again = new ToyMember('m1', toys[1]!, { failFrom: 4 })
  expect((await complete([member(0), again, member(2)])).diagnosis.degraded).toBe(true)
})

describe('settledWithin', () => {
  const enough = (count: number) => (ended: readonly boolean[]) => ended.filter(Boolean).length >= count

  test('tells all when all end, whatever the limit, and failures do not count as enough', async () => {
    const tasks = [sleep(30, 'a'), Promise.reject(new TuttiError('internal', 'x')), sleep(1, 'b')]
    const outcomes = await settledWithin<unknown>(tasks, 0, enough(2))
    expect(outcomes.map((outcome) => outcome?.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  test('tells null of those that are late when enough have ended', async () => {
    const outcomes = await settledWithin([sleep(1, 'a'), sleep(10_000, 'b', { ref: false })], 20, enough(1))
    expect(outcomes).toEqual([{ status: 'fulfilled', value: 'a' }, null])
  })

  test('what has come while the process was busy is not late', async () => {
    const coming = sleep(5, 'b')
    const busy = sleep(1).then(() => {
      for (const end = performance.now() + 60; performance.now() < end; );
      return 'a'
    })
    const outcomes = await settledWithin([busy, coming], 1, enough(1))
    expect(outcomes.map((outcome) => outcome?.status)).toEqual(['fulfilled', 'fulfilled'])
  })
})

test('a member that is only suspected takes no part, unless the quorum hangs on it; one that a probe found down never does', async () => {
  const members = ['a', 'b', 'c'].map((id, index) => new ToyMember(id, toys[index] as (typeof toys)[0]))
  const presentOf = async (quorum: number, suspected: readonly string[], down: readonly string[]) => {
    const directory = await directoryOf(members, { quorum })
    const stateOf = (id: string) => ({
      ...directory.state(id),
      down: () => (suspected.includes(id) || down.includes(id) ? 'its last call failed' : null),
      suspected: () => suspected.includes(id),
    })
    const request = { model: 'toys', prompt: 'ab', maxTokens: 3, stop: [], diagnostics: 'none' as const }
    return planCompletion({ ...directory, state: stateOf }, request, 1).present.map(({ seat }) => seat.member.id)
  }
  expect(await presentOf(2, ['a'], [])).toEqual(['b', 'c'])
  expect(await presentOf(2, ['a', 'b'], [])).toEqual(['a', 'b', 'c'])
  expect(await presentOf(1, ['a', 'b', 'c'], [])).toEqual(['a', 'b', 'c'])
  expect(await presentOf(1, ['a', 'b'], ['c'])).toEqual(['a', 'b'])
  await expect(presentOf(3, ['a', 'b'], ['c'])).rejects.toMatchObject({ code: 'quorum_not_met' })
})
