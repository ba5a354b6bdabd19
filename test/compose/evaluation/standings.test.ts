import { expect, test } from 'vitest'
import { verdictOf } from '../../../src/compose/evaluation/report.ts'
import { standingsOf } from '../../../src/compose/evaluation/standings.ts'

const names = ['a', 'b', 'both']
/** Contender `both` saves a tenth of what `a` loses on every document, or loses a tenth more. */
const outcomes = (factor: number, infinite = false) =>
  Array.from({ length: 20 }, (_, n) => ({
    document: `d${n}`,
    domain: n < 10 ? 'x' : 'y',
    size: 10,
    losses: [20 + n, n < 10 ? 15 : 90, infinite && n === 3 ? null : (20 + n) * factor],
  }))

test('the best member is that of each domain, and of all', () => {
  const standings = standingsOf(outcomes(0.9), names, 2, 1)
  expect(standings.map(({ domain, best, documents, size }) => [domain, best, documents, size])).toEqual([
    ['x', 'b', 10, 100],
    ['y', 'a', 10, 100],
    ['all', 'a', 20, 200],
  ])
})

test('who saves the same share everywhere has an interval without width, and is better for certain', () => {
  const all = standingsOf(outcomes(0.9), names, 2, 1).at(-1)!
  const { gain, loss } = all.standings[2]!
  for (const end of [gain!.estimate, gain!.low, gain!.high]) expect(end).toBeCloseTo(0.1, 9)
  expect(loss!.estimate).toBeCloseTo((0.9 * 590) / 200, 9)
  expect(verdictOf(all, 2)).toEqual({ best_member: 'a', better: ['both'] })
})

test('nobody is recommended who loses more, and a member never is', () => {
  const all = standingsOf(outcomes(1.1), names, 2, 1).at(-1)!
  expect(verdictOf(all, 2)).toEqual({ best_member: 'a', better: [] })
})

test('who held something that came for impossible has no loss that could be told', () => {
  const [x, y] = standingsOf(outcomes(0.9, true), names, 2, 1)
  expect(x!.standings[2]).toEqual({ name: 'both', loss: null, gain: null })
  expect(y!.standings[2]!.gain?.estimate).toBeCloseTo(0.1, 9)
})

test('rows of one document are drawn together', () => {
  const whole = standingsOf(outcomes(0.9), names, 2, 1).at(-1)!
  const halves = outcomes(0.9).flatMap((one) => [
    { ...one, size: 5, losses: one.losses.map((loss) => loss! / 2) },
    { ...one, size: 5, losses: one.losses.map((loss) => loss! / 2) },
  ])
  const joined = standingsOf(halves, names, 2, 1).at(-1)!
  expect(joined.documents).toBe(20)
  expect(joined.standings[1]!.gain!.low).toBeCloseTo(whole.standings[1]!.gain!.low, 9)
})
