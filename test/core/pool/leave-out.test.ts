import { expect, test } from 'vitest'
import { uniform } from '../../../src/core/decode/noise.ts'
import { leaveOut } from '../../../src/core/pool/leave-out.ts'
import { type PoolKind, pools } from '../../../src/core/pool/pools.ts'
import { renormalised } from '../../../src/core/pool/weights.ts'
import { truncatedMember } from './truncated.ts'

test.each(Object.keys(pools) as PoolKind[])(
  '%s: leaving a member out gives the pool of the others, up to a factor',
  (kind) => {
    for (let trial = 0; trial < 300; trial++) {
      const count = 2 + (trial % 3)
      const members = Array.from({ length: count }, (_, m) => truncatedMember(trial * 8 + m, 6, 6).truth)
      const weights = renormalised(Array.from({ length: count }, (_, m) => uniform(trial, 1, m) + 0.01))
      const fused = pools[kind](members, weights)
      for (let index = 0; index < count; index++) {
        const others = pools[kind](
          members.filter((_, m) => m !== index),
          renormalised(weights.filter((_, m) => m !== index)),
        )
        const left = leaveOut(kind, members, weights, fused, index)!.probabilities
        const sum = left.reduce((a, b) => a + b, 0)
        left.forEach((p, x) => {
          expect(Math.abs(p / sum - others.probabilities[x]!)).toBeLessThan(1e-9)
        })
      }
    }
  },
)

test('a member of all the weight is left out without dividing by nothing', () => {
  const members = [truncatedMember(1, 4, 4).truth, truncatedMember(2, 4, 4).truth]
  const left = leaveOut('linear', members, [1, 0], pools.linear(members, [1, 0]), 0)
  expect([...left!.probabilities]).toEqual([...members[1]!.probabilities])
})

test('a contrasted member alone makes nothing', () => {
  const members = [truncatedMember(1, 4, 4).truth, truncatedMember(2, 4, 4).truth]
  const weights = [1.5, -0.5]
  expect(leaveOut('log_linear', members, weights, pools.log_linear(members, weights), 0)).toBeNull()
  expect(leaveOut('log_linear', members, weights, pools.log_linear(members, weights), 1)).not.toBeNull()
})

test('experts that outweigh a contrasted member make something without any one of them that leaves them so', () => {
  const members = [truncatedMember(1, 4, 4).truth, truncatedMember(2, 4, 4).truth, truncatedMember(3, 4, 4).truth]
  const weights = [1.2, 0.3, -0.5]
  const fused = pools.log_linear(members, weights)
  expect(members.map((_, index) => leaveOut('log_linear', members, weights, fused, index) !== null)).toEqual([
    false,
    true,
    true,
  ])
})

test('others that cancel out make nothing', () => {
  const members = [1, 2, 3].map((seed) => truncatedMember(seed, 4, 4).truth)
  const weights = [1, 0.5, -0.5]
  expect(leaveOut('log_linear', members, weights, pools.log_linear(members, weights), 0)).toBeNull()
})

test('what one member alone has brought is gone with it, to the last bit', () => {
  const exactly = (...values: number[]) => {
    const probabilities = Float64Array.from(values)
    return { probabilities, low: probabilities, high: probabilities, missing: 0 }
  }
  const members = [exactly(0.1, 0.9, 0), exactly(0.7, 0, 0.3), exactly(0.3, 0, 0.7)]
  const weights = [0.1, 0.2, 0.7]
  const fused = pools.linear(members, weights)
  expect(leaveOut('linear', members, weights, fused, 0)!.probabilities[1]).toBe(0)
  expect(leaveOut('linear', members, weights, fused, 1)!.probabilities[1]).toBeCloseTo(0.09, 12)
})
