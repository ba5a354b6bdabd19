import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { uniform } from '../../src/core/decode/noise.ts'
import type { Diagnosis } from '../../src/ensemble/diagnosis.ts'
import type { Ensemble } from '../../src/ensemble/ensemble.ts'
import { generate } from '../../src/ensemble/generate.ts'
import type { FinishEvent, SegmentEvent } from '../../src/ensemble/generation-event.ts'
import { type CompletionRequest, planCompletion } from '../../src/ensemble/plan.ts'
import { Timeline } from '../../src/ensemble/timeline/timeline.ts'
import type { TimelineEvent, TimelineView } from '../../src/ensemble/timeline/timeline-view.ts'
import { defineToy, type Toy, toyArbitrary } from '../core/lattice/toy.ts'
import { decided } from './lockstep/decided.ts'
import { LatticeMember } from './lockstep/lattice-member.ts'
import { ScoringMember } from './lockstep/scoring-member.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

type Make = (id: string, toy: Toy, options: { delay: () => number; fingerprint: string | null }) => ToyMember

interface Way {
  readonly members: readonly ToyMember[]
  readonly seed: number
  readonly ensemble: Partial<Ensemble>
  readonly asked?: Partial<CompletionRequest>
  readonly onText?: (text: string) => void
}

async function run({ members, seed, ensemble, asked = {}, onText = () => {} }: Way) {
  const directory = await directoryOf(members, { tau: 5e-3, ...ensemble })
  const request = {
    model: 'toys',
    prompt: 'ab a',
    maxTokens: 6,
    stop: [],
    diagnostics: 'steps' as const,
    timeline: true,
  }
  const segments: SegmentEvent[] = []
  let finish: FinishEvent | undefined
  let text = ''
  for await (const event of generate(planCompletion(directory, { ...request, ...asked }, seed), runOptions())) {
    if (event.kind === 'finish') finish = event
    else {
      segments.push(event)
      text += event.text
      onText(text)
    }
  }
  const { timeline, ...diagnosis } = finish!.diagnosis as Diagnosis
  return { segments, finish: finish!, diagnosis, timeline: timeline as TimelineView }
}

type OfKind<K extends TimelineEvent['kind']> = Extract<TimelineEvent, { readonly kind: K }>

function ofKind<K extends TimelineEvent['kind']>(events: readonly TimelineEvent[], ...kinds: K[]): OfKind<K>[] {
  return events.filter((event): event is OfKind<K> => (kinds as string[]).includes(event.kind))
}

function sumOf(events: readonly TimelineEvent[], figure: 'kept' | 'wasted'): number {
  return ofKind(events, 'stream', 'call').reduce((sum, event) => sum + event[figure], 0)
}

function expectApart(spans: readonly { readonly at_ms: number; readonly until_ms: number }[]): void {
  spans.forEach((span, index) => {
    expect(span.until_ms).toBeGreaterThanOrEqual(span.at_ms)
    if (index > 0) expect(span.at_ms).toBeGreaterThanOrEqual(spans[index - 1]!.until_ms)
  })
}

/** What holds of every timeline. */
function expectLaws({ timeline, diagnosis, segments }: Awaited<ReturnType<typeof run>>): void {
  expect(timeline.members.map(({ id }) => id)).toEqual(diagnosis.members.map(({ id }) => id))
  const total = diagnosis.timings.total_ms + 0.1
  timeline.members.forEach(({ events }, index) => {
    const { calls, tokens, latency_ms } = diagnosis.members[index]!
    const shown = [ofKind(events, 'stream', 'call').length, sumOf(events, 'kept'), sumOf(events, 'wasted')]
    const counted = [calls, tokens.used, tokens.wasted]
    if (timeline.truncated === true) expect(shown.every((count, at) => count <= counted[at]!)).toBe(true)
    else expect(shown).toEqual(counted)
    for (const event of events) {
      expect(event.at_ms).toBeGreaterThanOrEqual(0)
      expect('until_ms' in event ? event.until_ms : event.at_ms).toBeLessThanOrEqual(total)
      if ('kept' in event) expect(Math.min(event.kept, event.wasted)).toBeGreaterThanOrEqual(0)
    }
    expectApart(ofKind(events, 'stream'))
    const waits = ofKind(events, 'wait')
    expectApart(waits)
    const waited = waits.reduce((sum, { at_ms, until_ms }) => sum + until_ms - at_ms, 0)
    expect(waited).toBeLessThanOrEqual(latency_ms.total + 0.1 * waits.length + 0.1)
    expect(events.map(({ at_ms }) => at_ms)).toEqual(events.map(({ at_ms }) => at_ms).toSorted((a, b) => a - b))
  })
  expect(timeline.segments).toEqual(segments.map(({ atMs }) => atMs))
  expect(timeline.segments).toEqual(timeline.segments.toSorted((a, b) => a - b))
  expect(timeline.segments.every((at) => at <= total)).toBe(true)
  if (timeline.truncated === true) expect(timeline.members.flatMap(({ events }) => events).length).toBe(2_000)
}

/** Another model of the same vocabulary. */
function reweighed(toy: Toy): Toy {
  const probabilities = (context: readonly number[]) => {
    const other = toy.probabilities(context).map((p, id) => p * (1 + 3 * uniform(context.length, id, 7)))
    const sum = other.reduce((all, p) => all + p, 0)
    return other.map((p) => p / sum)
  }
  return { ...toy, probabilities }
}

const settings = fc.record({
  delays: fc.integer({ min: 0, max: 1000 }),
  seed: fc.integer({ min: 0, max: 2 ** 32 }),
  temperature: fc.constantFrom(0, 1),
  topK: fc.constantFrom(3, 1000),
  uncertified: fc.constantFrom('emit' as const, 'longer_lists' as const),
  decoding: fc.constantFrom('run_ahead' as const, 'run_ahead' as const, 'stepwise' as const),
})

describe.each<[string, Make, 'byte' | 'token']>([
  ['streams of lists, by byte', (...of) => new ToyMember(...of), 'byte'],
  ['streams of lists, by token', (...of) => new ToyMember(...of), 'token'],
  ['drafts of other members', (...of) => new ScoringMember(...of), 'token'],
  ['lattices that the servers run', (...of) => new LatticeMember(...of), 'byte'],
])('the timeline over %s', (_, make, granularity) => {
  test('has every call and list that the diagnosis counts, waits within the request, one stream at a time, and changes nothing', async () => {
    const kinds = new Set<string>()
    await fc.assert(
      fc.asyncProperty(
        toyArbitrary,
        toyArbitrary,
        settings,
        async (a, b, { delays, seed, temperature, ...ensemble }) => {
          let turn = 0
          const delay = () => (delays < 300 ? 0 : Math.floor(3 * uniform(delays, 0, turn++)))
          const fingerprint = granularity === 'token' ? 'one' : null
          const toys = granularity === 'token' ? [a, reweighed(a)] : [a, b]
          const members = () => toys.map((toy, index) => make(`m${index}`, toy, { delay, fingerprint }))
          const way = { seed, ensemble: { granularity, ...ensemble }, asked: { temperature, maxTokens: 3 } }
          const shown = await run({ ...way, members: members() })
          expectLaws(shown)
          for (const { events } of shown.timeline.members) for (const { kind } of events) kinds.add(kind)
          if (ensemble.decoding === 'stepwise') {
            const events = shown.timeline.members.flatMap((member) => member.events)
            expect(ofKind(events, 'stream', 'reopen')).toEqual([])
          }
          const plain = await run({ ...way, members: members(), asked: { ...way.asked, timeline: false } })
          expect(plain.timeline).toBeUndefined()
          expect(plain.segments.some((segment) => 'atMs' in segment)).toBe(false)
          const bare = shown.segments.map(({ atMs: _atMs, ...segment }) => segment)
          const whole = ({ finish, diagnosis }: typeof shown) => ({ ...finish, diagnosis })
          expect(decided([...bare, whole(shown)])).toEqual(decided([...plain.segments, whole(plain)]))
        },
      ),
      { numRuns: 40 },
    )
    // Laws over nothing would hold too.
    for (const kind of ['stream', 'call', 'wait']) expect(kinds).toContain(kind)
  }, 90_000)
})

const bytes = ['', 'a', 'b', ' ', 'ab', 'ba'].map((text) => new TextEncoder().encode(text))
const endless = [1, 2, 3].map((seed) => {
  const toy = defineToy(bytes, { ends: 1, controls: 0, seed, sharpness: 4 })
  const probabilities = (context: readonly number[]) => toy.probabilities(context).map((p, id) => (id === 0 ? 1e-9 : p))
  return { ...toy, probabilities }
})

describe('the timeline of a request', () => {
  test('shows streams that the text leaves as aborted, and that they are opened anew', async () => {
    const members = endless.map((toy, index) => new ToyMember(`m${index}`, toy))
    const { timeline } = await run({ members, seed: 1, ensemble: {}, asked: { maxTokens: 40, temperature: 1 } })
    const events = timeline.members.flatMap((member) => member.events)
    expect(ofKind(events, 'reopen').length).toBeGreaterThan(3)
    expect(ofKind(events, 'stream').filter(({ end }) => end === 'aborted').length).toBeGreaterThan(3)
    expect(new Set(ofKind(events, 'stream').map(({ how }) => how))).toEqual(new Set(['list']))
  })

  test('shows when a member was lost and when it was back, and nobody waiting for it meanwhile', async () => {
    let slow = true
    const delay = (index: number) => () => (index === 1 ? (slow ? 100_000 : 0) : 1)
    const members = endless.map((toy, index) => new LatticeMember(`m${index}`, toy, { delay: delay(index) }))
    const shown = await run({
      members,
      seed: 1,
      ensemble: { quorum: 2, graceMs: 40 },
      asked: { maxTokens: 90 },
      onText(text) {
        if (text.length > 4) slow = false
      },
    })
    expectLaws(shown)
    const { events } = shown.timeline.members[1]!
    const [lost] = ofKind(events, 'lost')
    const [back] = ofKind(events, 'back')
    expect(lost).toMatchObject({ code: 'member_timeout' })
    expect(back!.at_ms).toBeGreaterThan(lost!.at_ms)
    for (const { at_ms, until_ms } of ofKind(events, 'wait')) {
      expect(until_ms <= lost!.at_ms || at_ms >= back!.at_ms).toBe(true)
    }
    expect(ofKind(events, 'wait')[0]!.until_ms - ofKind(events, 'wait')[0]!.at_ms).toBeGreaterThanOrEqual(35)
  })

  test('shows the failure that a member was lost by', async () => {
    const members = endless.map((toy, index) => new LatticeMember(`m${index}`, toy, index === 2 ? { failFrom: 6 } : {}))
    const shown = await run({ members, seed: 1, ensemble: {}, asked: { maxTokens: 12 } })
    expectLaws(shown)
    const { events } = shown.timeline.members[2]!
    expect(ofKind(events, 'lost')).toMatchObject([{ code: 'member_unreachable' }])
    expect(ofKind(events, 'stream', 'call').some(({ end }) => end === 'lost')).toBe(true)
  })

  test('has the segments that are shown, where a stop string ends the text', async () => {
    const members = endless.map((toy, index) => new ToyMember(`m${index}`, toy))
    const whole = await run({ members, seed: 1, ensemble: {}, asked: { maxTokens: 12 } })
    const text = whole.segments.map((segment) => segment.text).join('')
    const stop = [text.slice(3, 6)]
    const cut = await run({ members, seed: 1, ensemble: {}, asked: { maxTokens: 12, stop } })
    expect(cut.segments.map((segment) => segment.text).join('')).toBe(text.slice(0, text.indexOf(stop[0]!)))
    expectLaws(cut)
  })

  test('keeps the first two thousand events, and says that there were more', () => {
    let now = 100
    const timeline = new Timeline(['a', 'b'], () => now, 100)
    for (let event = 0; event < 1_500; event++) {
      now += 0.2
      timeline.lane('a').reopen()
      const call = timeline.lane('b').call({ kind: 'stream', how: 'list' })
      call.begin()
      call.close('finished')
      if (event === 999) expect(timeline.view(now)).not.toHaveProperty('truncated')
    }
    const { members, truncated } = timeline.view(now)
    expect(truncated).toBe(true)
    expect(members.map(({ events }) => events.length)).toEqual([1_000, 1_000])
    expect(members[0]!.events.at(-1)).toEqual({ kind: 'reopen', at_ms: 200 })
  })
})
