import fc from 'fast-check'
import { expect, test } from 'vitest'
import { endOf, shapesOf, sumUp } from '../../src/console/timeline-shapes.ts'
import type { TimelineEvent } from '../../src/console/wire.ts'

const moment = fc.double({ min: 0, max: 1e5, noNaN: true })
const event: fc.Arbitrary<TimelineEvent> = fc
  .record({
    kind: fc.constantFrom('stream', 'call', 'wait', 'reopen', 'lost', 'back'),
    at_ms: moment,
    length: moment,
    end: fc.constantFrom('finished', 'aborted', 'lost'),
    kept: fc.nat(50),
    wasted: fc.nat(50),
  })
  .map(({ length, kind, at_ms, ...brought }) => {
    if (kind === 'stream' || kind === 'call') return { kind, at_ms, until_ms: at_ms + length, ...brought }
    return kind === 'wait' ? { kind, at_ms, until_ms: at_ms + length } : { kind, at_ms }
  })
const events = fc.array(event, { maxLength: 30 })

test('every shape lies in its lane and in the time of its event', () => {
  fc.assert(
    fc.property(event, (one) => {
      for (const { from, to, foot, top } of shapesOf([one])) {
        expect(from).toBeGreaterThanOrEqual(one.at_ms)
        expect(to).toBeLessThanOrEqual((one.until_ms ?? one.at_ms) + 1e-9)
        expect(0 < foot && foot < top && top < 1).toBe(true)
      }
    }),
  )
})

test('a call is as long as it was, split as its lists were', () => {
  fc.assert(
    fc.property(event, (one) => {
      if (one.kind !== 'stream' && one.kind !== 'call') return
      const { at_ms, until_ms = at_ms, kept = 0, wasted = 0 } = one
      const lengthOf = (tone: string) =>
        shapesOf([one]).reduce((sum, shape) => sum + (shape.tone === tone ? shape.to - shape.from : 0), 0)
      const whole = until_ms - at_ms
      expect(lengthOf('kept') + lengthOf('wasted')).toBeCloseTo(whole, 6)
      if (kept + wasted > 0) expect(lengthOf('kept')).toBeCloseTo((whole * kept) / (kept + wasted), 6)
    }),
  )
})

test('no event ends after the end, and the sums are those of the events', () => {
  fc.assert(
    fc.property(events, events, fc.array(moment), (one, other, segments) => {
      const members = [one, other].map((all, index) => ({ id: `m${index}`, events: all }))
      const end = endOf({ members, segments: segments.sort((a, b) => a - b) })
      for (const { at_ms, until_ms = at_ms } of [...one, ...other]) expect(until_ms).toBeLessThanOrEqual(end)
      const [a, b, both] = [sumUp(one), sumUp(other), sumUp([...one, ...other])]
      expect(both.kept).toBe(a.kept + b.kept)
      expect(both.streams + both.calls).toBe(a.streams + a.calls + b.streams + b.calls)
      expect(both.waitedMs).toBeCloseTo(a.waitedMs + b.waitedMs, 6)
    }),
  )
})
