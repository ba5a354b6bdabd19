import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { uniform } from '../../../src/core/decode/noise.ts'
import { bootstrapInterval, ratioInterval, relativeGain } from '../../../src/core/learn/bootstrap.ts'
import { foldsByDocument, splitByDocument } from '../../../src/core/learn/split.ts'

/** Standard normal, by the seed (Box & Muller 1958). */
function normal(seed: number, place: number): number {
  return Math.sqrt(-2 * Math.log(uniform(seed, place, 0))) * Math.cos(2 * Math.PI * uniform(seed, place, 1))
}

describe('the bootstrap by document', () => {
  test('about 95 of 100 intervals hold the truth', () => {
    const experiments = 400
    const truth = 0.03
    let held = 0
    for (let experiment = 0; experiment < experiments; experiment++) {
      const pairs = Array.from({ length: 50 }, (_, document) => {
        const reference = 1000 * Math.exp(0.5 * normal(2 * experiment, document))
        return { reference, loss: reference * (1 - truth - 0.05 * normal(2 * experiment + 1, document)) }
      })
      const { low, high } = relativeGain(pairs, { seed: experiment, resamples: 300 })
      if (low <= truth && truth <= high) held++
    }
    // Binomial: four standard deviations round .935, which a percentile interval of 50 documents may come to.
    expect(held / experiments).toBeGreaterThan(0.885)
    expect(held / experiments).toBeLessThan(0.985)
  })

  const pairs = fc.array(
    fc.record({
      loss: fc.double({ min: 0.1, max: 9, noNaN: true }),
      reference: fc.double({ min: 0.1, max: 9, noNaN: true }),
    }),
    { minLength: 1, maxLength: 20 },
  )

  test('low ≤ high, the same seed gives the same interval, and identical contenders gain exactly nothing', () => {
    fc.assert(
      fc.property(pairs, fc.nat(), (drawn, seed) => {
        const options = { seed, resamples: 50 }
        const interval = relativeGain(drawn, options)
        expect(interval.low).toBeLessThanOrEqual(interval.high)
        expect(relativeGain(drawn, options)).toEqual(interval)
        const same = drawn.map(({ loss }) => ({ loss, reference: loss }))
        const nothing = relativeGain(same, options)
        expect(nothing).toEqual({ estimate: 0, low: 0, high: 0 })
      }),
    )
  })

  test('every resample draws as many documents as there are, and one that is always the same has no width', () => {
    const totals = new Set<number>()
    bootstrapInterval(
      7,
      (counts) => {
        totals.add(counts.reduce((sum, count) => sum + count, 0))
        return 0
      },
      { seed: 1, resamples: 100 },
    )
    expect([...totals]).toEqual([7])
    const documents = Array.from({ length: 9 }, () => ({ value: 3, size: 2 }))
    expect(ratioInterval(documents, { seed: 1 })).toEqual({ estimate: 1.5, low: 1.5, high: 1.5 })
  })

  test('a wider level gives a wider interval', () => {
    const documents = Array.from({ length: 30 }, (_, place) => ({ value: normal(5, place), size: 1 }))
    const narrow = ratioInterval(documents, { seed: 2, level: 0.5 })
    const wide = ratioInterval(documents, { seed: 2, level: 0.99 })
    expect(wide.low).toBeLessThan(narrow.low)
    expect(wide.high).toBeGreaterThan(narrow.high)
  })
})

describe('splits by document', () => {
  const rows = fc.array(
    fc.record({ document: fc.integer({ min: 0, max: 30 }).map((n) => `d${n}`), group: fc.constantFrom('a', 'b') }),
    { minLength: 1, maxLength: 60 },
  )

  test('no document is on both sides, every row on one, and the order of the rows is irrelevant', () => {
    fc.assert(
      fc.property(rows, fc.double({ min: 0.1, max: 0.9, noNaN: true }), fc.nat(), (drawn, share, seed) => {
        // A document of two groups is of the group of its first row, which an order decides.
        const single = drawn.map(({ document }) => ({ document, group: document.length > 2 ? 'a' : 'b' }))
        const { learn, prove } = splitByDocument(single, share, seed)
        expect([...learn, ...prove].sort((a, b) => a - b)).toEqual([...single.keys()])
        const names = (places: readonly number[]) => new Set(places.map((place) => single[place]!.document))
        expect([...names(learn)].filter((name) => names(prove).has(name))).toEqual([])
        const turned = splitByDocument(single.toReversed(), share, seed)
        expect(new Set(turned.learn.map((place) => single.toReversed()[place]!.document))).toEqual(names(learn))
      }),
    )
  })

  test('each group has its share on either side, and folds are of about one size', () => {
    const many = Array.from({ length: 120 }, (_, n) => ({ document: `d${n}`, group: n % 3 === 0 ? 'rare' : 'common' }))
    const { learn } = splitByDocument(many, 0.25, 7)
    expect(learn.filter((place) => many[place]!.group === 'rare')).toHaveLength(10)
    expect(learn).toHaveLength(30)
    const folds = foldsByDocument(many, 4, 7)
    expect([0, 1, 2, 3].map((fold) => folds.filter((own) => own === fold).length)).toEqual([30, 30, 30, 30])
    expect(splitByDocument(many, 0.25, 8).learn).not.toEqual(learn)
  })
})
