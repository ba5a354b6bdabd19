import { expect, test } from 'vitest'
import { choose } from '../../../src/core/decode/choose.ts'
import type { Bounded } from '../../../src/core/pool/bounded.ts'
import { votePool } from '../../../src/core/pool/vote.ts'
import { truncatedMember } from './truncated.ts'

function member(probabilities: number[], low = probabilities, high = probabilities): Bounded {
  return {
    probabilities: Float64Array.from(probabilities),
    low: Float64Array.from(low),
    high: Float64Array.from(high),
    missing: 0.2,
  }
}

function vote(...members: Bounded[]) {
  const { probabilities, low, high } = votePool(members, [0.75, 0.25])
  return [probabilities, low, high].map((values) => [...values])
}

const sure = member([0.2, 0.5, 0.3])

test('a vote that nothing hidden could change is sure: its weight is in both bounds', () => {
  const listed = member([0.1, 0.6, 0.3], [0.05, 0.5, 0.2], [0.2, 0.8, 0.45])
  expect(vote(listed, sure)).toEqual([
    [0, 1, 0],
    [0, 1, 0],
    [0, 1, 0],
  ])
})

test('a vote that what is hidden could change is in no lower bound, and in the upper bound of all who could have it', () => {
  const open = member([0.1, 0.5, 0.4], [0.05, 0.4, 0.3], [0.2, 0.6, 0.5])
  expect(vote(open, sure)).toEqual([
    [0, 1, 0],
    [0, 0.25, 0],
    [0, 1, 0.75],
  ])
})

test('a rival that can at most draw level takes the vote only if it comes first', () => {
  const later = member([0.1, 0.5, 0.4], [0.05, 0.5, 0.3], [0.2, 0.6, 0.5])
  expect(vote(later, sure)).toEqual([
    [0, 1, 0],
    [0, 1, 0],
    [0, 1, 0.75],
  ])
  const earlier = member([0.4, 0.5, 0.1], [0.3, 0.5, 0.05], [0.5, 0.6, 0.2])
  expect(vote(earlier, sure)).toEqual([
    [0, 1, 0],
    [0, 0.25, 0],
    [0.75, 1, 0],
  ])
})

test('a symbol that is not the likeliest of the completed list may have the largest lower bound', () => {
  const completed = member([0.5, 0.4, 0.1], [0.2, 0.4, 0.1], [0.5, 0.5, 0.1])
  expect(vote(completed, sure)).toEqual([
    [0.75, 0.25, 0],
    [0, 0.25, 0],
    [0.75, 1, 0],
  ])
})

test('symbols that a member holds for impossible are no rivals', () => {
  const [, , high] = vote(member([1, 0, 0], [0, 0, 0], [1, 0, 0]), sure)
  expect(high).toEqual([0.75, 0.25, 0])
})

test('a member alone has its own vote', () => {
  expect([...votePool([sure], [1]).probabilities]).toEqual([0, 1, 0])
})

test('of symbols that are equally likely a member votes for the first', () => {
  expect([...votePool([member([0.2, 0.4, 0.4])], [1]).probabilities]).toEqual([0, 1, 0])
})

test('a member without any mass has no vote, and what its list hides may yet have one', () => {
  const nothing = member([0, 0, 0])
  expect(vote(nothing, sure)).toEqual([
    [0, 0.25, 0],
    [0, 0.25, 0],
    [0, 0.25, 0],
  ])
  const hidden = member([0, 0, 0], [0, 0, 0], [0.2, 0, 0])
  expect(vote(hidden, sure)).toEqual([
    [0, 0.25, 0],
    [0, 0.25, 0],
    [0.75, 0.25, 0],
  ])
})

test('where votes draw level, what the lists of the tiebreak hide leaves the choice uncertain', () => {
  const greedy = { temperature: 0, topP: 1, minP: 0, seed: 0, step: 0 }
  let certificates = 0
  for (let trial = 0; trial < 5000; trial++) {
    const members = [0, 1].map((m) => truncatedMember(trial * 2 + m, 4, m === 0 ? 4 : 1 + (trial % 4)))
    const pooled = (key: 'truth' | 'listed') =>
      votePool(
        members.map((one) => one[key]),
        [0.5, 0.5],
      )
    const { symbol, certified } = choose(pooled('listed'), greedy)
    if (!certified) continue
    certificates++
    expect(choose(pooled('truth'), greedy).symbol).toBe(symbol)
  }
  expect(certificates).toBeGreaterThan(1000)
})
