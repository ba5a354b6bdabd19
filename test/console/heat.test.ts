import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bitsPerByte, fused, heatOf, runningBits, scaleOf } from '../../src/console/heat.ts'
import type { ScoredSegment } from '../../src/console/wire.ts'

const logProb = fc.option(fc.double({ min: -50, max: 0, noNaN: true }), { freq: 8 })
const segment: fc.Arbitrary<ScoredSegment> = fc
  .record({ bytes: fc.array(fc.nat(255), { minLength: 1, maxLength: 8 }), log_prob: logProb, a: logProb })
  .map(({ a, ...own }) => ({ ...own, text: '', members: [{ id: 'a', log_prob: a }] }))
const segments = fc.array(segment, { minLength: 1, maxLength: 20 })

test('a source less itself is 0, less another the other way round with the sign turned', () => {
  fc.assert(
    fc.property(segments, (all) => {
      for (const value of heatOf(all, 'a', 'a')) expect(value ?? 0).toBe(0)
      const one = heatOf(all, fused, 'a')
      const other = heatOf(all, 'a', fused)
      one.forEach((value, index) => {
        if (value === null) expect(other[index]).toBeNull()
        else expect(other[index]).toBeCloseTo(-value, 12)
      })
    }),
  )
})

test('the running mean ends at the bits per byte of the whole, and at nothing once a piece was impossible', () => {
  fc.assert(
    fc.property(segments, (all) => {
      const last = runningBits(all, fused).at(-1)
      if (all.some(({ log_prob }) => log_prob === null)) {
        expect(last).toBeNull()
        return
      }
      const bits = all.reduce((sum, { log_prob }) => sum - log_prob! / Math.LN2, 0)
      const bytes = all.reduce((sum, one) => sum + one.bytes.length, 0)
      expect(last).toBeCloseTo(bits / bytes, 9)
    }),
  )
})

test('a probability of 1 is 0 bits, and a member that is not there has none', () => {
  const one = { text: 'x', bytes: [120], log_prob: 0, members: [] }
  expect(bitsPerByte(one, fused)).toBe(0)
  expect(bitsPerByte(one, 'a')).toBeNull()
})

test('the scale ends where nineteen in twenty do, at 1 bit at least', () => {
  expect(scaleOf([0.1, 0.2])).toBe(1)
  expect(scaleOf([...Array(19).fill(2), 50])).toBe(2)
  expect(scaleOf([null, -3])).toBe(3)
})

test('a member may be called `fused`', () => {
  const one: ScoredSegment = {
    text: 'a',
    bytes: [97],
    log_prob: -Math.LN2,
    members: [{ id: 'fused', log_prob: -2 * Math.LN2 }],
  }
  expect([bitsPerByte(one, fused), bitsPerByte(one, 'fused')]).toEqual([1, 2])
})
