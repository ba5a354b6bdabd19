import { expect, test } from 'vitest'
import { uniform } from '../../../src/core/decode/noise.ts'
import { Masses } from '../../../src/core/lattice/masses.ts'

const symbols = 6

/** Random masses of six symbols, of which the last two may be invalid and the first begins no token. */
function drawn(trial: number, complete = false) {
  const draw = (what: number, x = 0) => uniform(trial, what, x)
  const masses = new Masses(symbols)
  // Left over from the step before.
  masses.listed.fill(9)
  masses.hidden.fill(9)
  masses.spread.fill(9)
  masses.clear()
  const valid = Uint8Array.from({ length: symbols }, (_, x) => (x < 4 || draw(1, x) < 0.5 ? 1 : 0))
  const begins = valid.map((one, x) => (x === 0 ? 0 : one))
  for (let x = 0; x < symbols; x++) {
    if (draw(2, x) < 0.7) masses.listed[x] = draw(3, x)
    if (complete || draw(4, x) < 0.4) continue
    masses.hidden[x] = draw(5, x) / 4
    masses.spread[x] = (masses.hidden[x] as number) / 3
  }
  masses.listed[1] = 0.3
  const [listed, hidden, spread] = [masses.listed.slice(), masses.hidden.slice(), masses.spread.slice()]
  const whole = {
    remainder: draw(6) < 0.5 ? 0 : draw(7) / 2,
    hiddenLimit: draw(8) * hidden.reduce((a, b) => a + b, 0),
    excluded: draw(9) < 0.5 ? 0 : draw(10),
  }
  const count = begins.reduce((sum, one) => sum + one, 0)
  return { masses, listed, hidden, spread, whole, possible: { valid, begins, count } }
}

test('the distribution is the completed mass of what is valid, with the remainder spread over what begins a token', () => {
  for (let trial = 0; trial < 2000; trial++) {
    const { masses, listed, spread, whole, possible } = drawn(trial)
    const { probabilities, mass, excluded } = masses.result(possible, whole)
    const own = (x: number) => possible.valid[x]! * (listed[x]! + spread[x]!)
    const total = [...listed.keys()].reduce((sum, x) => sum + own(x), 0)
    probabilities.forEach((p, x) => {
      const rest = (possible.begins[x]! * whole.remainder) / possible.count
      expect(p).toBeCloseTo(((1 - whole.remainder) * own(x)) / total + rest, 13)
    })
    expect(mass).toBeCloseTo(total, 13)
    expect(excluded).toBeCloseTo(whole.excluded / (total + whole.excluded), 13)
  }
})

test('whatever the lists hide, no more of it than there is, lies within the bounds and the missing mass', () => {
  for (let trial = 0; trial < 5000; trial++) {
    const { masses, listed, hidden, whole, possible } = drawn(trial)
    const { probabilities, low, high, missing } = masses.result(possible, whole)
    // One way to place it: in a random order each symbol takes a random part of what it can and what is left.
    const order = [...hidden.keys()].sort((a, b) => uniform(trial, 20, a) - uniform(trial, 20, b))
    let left = whole.hiddenLimit * uniform(trial, 21, 0)
    const truth = listed.map((mass, x) => mass * possible.valid[x]!)
    for (const x of order) {
      const taken = Math.min(
        left,
        possible.valid[x]! * hidden[x]! * (uniform(trial, 22, x) < 0.5 ? 1 : uniform(trial, 23, x)),
      )
      truth[x] = truth[x]! + taken
      left -= taken
    }
    const total = truth.reduce((a, b) => a + b, 0)
    let variation = 0
    const wrong = [...truth.keys()].filter((x) => {
      const p = ((1 - whole.remainder) * truth[x]!) / total + (possible.begins[x]! * whole.remainder) / possible.count
      // The evenly completed distribution itself need not respect the limit.
      variation += Math.max(0, p - high[x]!) + Math.max(0, low[x]! - p)
      return p < low[x]! - 1e-12 || p > high[x]! + 1e-12
    })
    expect(wrong).toEqual([])
    expect(variation).toBeLessThan(1e-11)
    expect(missing).toBeLessThanOrEqual(1 - whole.remainder)
    expect(probabilities.every((p) => p >= 0)).toBe(true)
  }
})

test('the bounds are reached: by a symbol that takes all it can, and by one whose rivals do', () => {
  const masses = new Masses(2)
  masses.listed.set([0.5, 0.25])
  masses.spread.set([0.05, 0.05])
  masses.hidden.set([0.125, 0.25])
  const both = Uint8Array.of(1, 1)
  const { low, high, missing } = masses.result(
    { valid: both, begins: both, count: 2 },
    { remainder: 0.2, hiddenLimit: 0.25, excluded: 0 },
  )
  expect([...low]).toEqual([(0.8 * 0.5) / 1 + 0.1, (0.8 * 0.25) / 0.875 + 0.1])
  expect([...high]).toEqual([(0.8 * 0.625) / 0.875 + 0.1, (0.8 * 0.5) / 1 + 0.1])
  expect(missing).toBe((0.8 * 0.25) / 1)
})

test('lists of whole vocabularies leave no interval', () => {
  for (let trial = 0; trial < 200; trial++) {
    const { masses, whole, possible } = drawn(trial, true)
    const { probabilities, low, high, missing } = masses.result(possible, { ...whole, hiddenLimit: 0 })
    expect([low, high, missing]).toEqual([probabilities, probabilities, 0])
  }
})

test('without any mass all is remainder, and without anything possible nothing', () => {
  const masses = new Masses(2)
  const none = { remainder: 0.5, hiddenLimit: 0, excluded: 0 }
  const one = masses.result({ valid: Uint8Array.of(1, 1), begins: Uint8Array.of(0, 1), count: 1 }, none)
  expect([[...one.probabilities], one.mass, one.excluded]).toEqual([[0, 0.5], 0, 0])
  const nothing = masses.result({ valid: Uint8Array.of(0, 0), begins: Uint8Array.of(0, 0), count: 0 }, none)
  expect([...nothing.probabilities]).toEqual([0, 0])
})

test('cleared sums are 0, all of them', () => {
  const masses = new Masses(3)
  for (const sums of [masses.listed, masses.spread, masses.hidden]) sums.fill(7)
  masses.clear()
  expect([masses.listed, masses.spread, masses.hidden].map((sums) => [...sums])).toEqual(Array(3).fill([0, 0, 0]))
})

test('masses that are round numbers are no special case', () => {
  const both = { valid: Uint8Array.of(1, 1), begins: Uint8Array.of(1, 1), count: 2 }
  const whole = { remainder: 0, hiddenLimit: 0, excluded: 0 }
  const sure = new Masses(2)
  sure.listed.set([1, 0])
  expect([...sure.result(both, whole).probabilities]).toEqual([1, 0])
  const open = new Masses(2)
  open.listed.set([1, 0])
  open.spread.set([0, 0.25])
  open.hidden.set([0, 1])
  const { probabilities, low, high } = open.result(both, { ...whole, hiddenLimit: 1 })
  expect([...probabilities]).toEqual([0.8, 0.2])
  expect([...low]).toEqual([0.5, 0])
  expect([...high]).toEqual([1, 0.5])
  const one = new Masses(2)
  one.listed.set([0.5, 0.25])
  one.spread.set([0, 0.25])
  one.hidden.set([0, 0.25])
  expect([...one.result(both, { ...whole, hiddenLimit: 0.25 }).probabilities]).toEqual([0.5, 0.5])
  // Spread mass counts, whether or not any of it is hidden.
  expect([...one.result(both, whole).probabilities]).toEqual([0.5, 0.5])
})
