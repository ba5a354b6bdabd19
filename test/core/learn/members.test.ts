import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addTables, diversityOf, oracleAccuracy, tableOf } from '../../../src/core/learn/diversity.ts'
import { selectForward } from '../../../src/core/learn/forward-selection.ts'
import { calibrationError, reliabilityOf } from '../../../src/core/learn/reliability.ts'
import { fitTemperature, scaled } from '../../../src/core/learn/temperature.ts'

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

describe('forward selection', () => {
  const columns = fc.integer({ min: 1, max: 4 }).chain((members) =>
    fc.array(fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }), {
      minLength: members,
      maxLength: members,
    }),
  )
  const lossOf = (probabilities: readonly (readonly number[])[]) => (counts: readonly number[]) => {
    const total = sumOf(counts)
    return sumOf(
      (probabilities[0] as readonly number[]).map(
        (_, place) => -Math.log(sumOf(counts.map((count, m) => (count / total) * probabilities[m]![place]!))),
      ),
    )
  }

  test('it is never worse than the best member, more rounds are never worse, and its loss is that of its counts', () => {
    fc.assert(
      fc.property(columns, (probabilities) => {
        const loss = lossOf(probabilities)
        const alone = probabilities.map((_, m) => loss(probabilities.map((_, other) => (other === m ? 1 : 0))))
        const found = selectForward(probabilities.length, loss)
        expect(found.loss).toBeLessThanOrEqual(Math.min(...alone))
        expect(found.loss).toBe(loss(found.counts))
        expect(sumOf(found.counts)).toBeGreaterThanOrEqual(1)
        expect(found.loss).toBeLessThanOrEqual(selectForward(probabilities.length, loss, { rounds: 5 }).loss)
        expect(selectForward(probabilities.length, loss, { rounds: 1 }).loss).toBe(Math.min(...alone))
      }),
    )
  })
})

describe('diversity', () => {
  const rights = fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 50 })

  test('pairs are symmetric; a member is not diverse from itself; parts add up to the whole', () => {
    fc.assert(
      fc.property(rights, (places) => {
        const [a, b] = [places.map(([own]) => own), places.map(([, own]) => own)]
        const pair = diversityOf(tableOf(a, b))
        expect(diversityOf(tableOf(b, a))).toEqual(pair)
        const self = diversityOf(tableOf(a, a))
        expect(self.disagreement).toBe(0)
        if (self.q !== null) expect([self.q, self.errorCorrelation]).toEqual([1, 1])
        for (const value of [pair.q, pair.errorCorrelation])
          if (value !== null) expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-12)
        const cut = Math.floor(places.length / 2)
        expect(addTables(tableOf(a.slice(0, cut), b.slice(0, cut)), tableOf(a.slice(cut), b.slice(cut)))).toEqual(
          tableOf(a, b),
        )
      }),
    )
  })

  test('independent members have neither Q nor correlation, and those never right together have −1', () => {
    const independent = diversityOf({ both: 25, onlyFirst: 25, onlySecond: 25, neither: 25 })
    expect(independent).toEqual({ disagreement: 0.5, q: 0, errorCorrelation: 0 })
    expect(diversityOf({ both: 0, onlyFirst: 5, onlySecond: 5, neither: 0 })).toEqual({
      disagreement: 1,
      q: -1,
      errorCorrelation: -1,
    })
    expect(diversityOf({ both: 9, onlyFirst: 1, onlySecond: 0, neither: 0 }).q).toBeNull()
  })

  test('the oracle is at least as good as any member, and no better than all of them together could be', () => {
    fc.assert(
      fc.property(rights, (places) => {
        const members = [0, 1, 2].map((m) => places.map((row) => row[m] as boolean))
        const accuracies = members.map((own) => own.filter(Boolean).length / own.length)
        const oracle = oracleAccuracy(members)
        expect(oracle).toBeGreaterThanOrEqual(Math.max(...accuracies))
        expect(oracle).toBeLessThanOrEqual(Math.min(1, sumOf(accuracies)) + 1e-12)
      }),
    )
  })
})

describe('calibration', () => {
  const answers = fc.array(
    fc.record({
      scores: fc.array(fc.double({ min: -20, max: 0, noNaN: true }), { minLength: 3, maxLength: 3 }),
      label: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  const lossAt = (drawn: readonly { scores: number[]; label: number }[], temperature: number) =>
    sumOf(drawn.map(({ scores, label }) => -(scaled(scores, temperature)[label] as number)))

  test('no temperature is better than the fitted one', () => {
    fc.assert(
      fc.property(answers, fc.double({ min: 0.05, max: 20, noNaN: true }), (drawn, other) => {
        const loss = lossAt(drawn, fitTemperature(drawn))
        expect(loss).toBeLessThanOrEqual(lossAt(drawn, other) + 1e-6 * (1 + loss))
      }),
    )
  })

  test('scaled scores sum to 1 and keep their order; a constant on all scores changes nothing', () => {
    fc.assert(
      fc.property(answers, fc.double({ min: 0.05, max: 20, noNaN: true }), (drawn, temperature) => {
        for (const { scores } of drawn) {
          const own = scaled(scores, temperature)
          expect(sumOf(own.map(Math.exp))).toBeCloseTo(1, 10)
          scores.forEach((score, y) => {
            scores.forEach((other, z) => {
              if (score <= other) expect(own[y]).toBeLessThanOrEqual(own[z] as number)
            })
          })
          scaled(
            scores.map((score) => score + 5),
            temperature,
          ).forEach((value, y) => {
            expect(value).toBeCloseTo(own[y] as number, 8)
          })
        }
      }),
    )
  })

  test('scores made too sure by a factor get that factor as their temperature', () => {
    // Labels come as often as the true distribution says.
    const drawn = [0, 1, 2].flatMap((label) => {
      const truth = [0.6, 0.3, 0.1]
      const times = Math.round((truth[label] as number) * 10)
      return Array.from({ length: times }, () => ({ scores: truth.map((p) => 3 * Math.log(p)), label }))
    })
    expect(fitTemperature(drawn)).toBeCloseTo(3, 6)
    expect(fitTemperature([])).toBe(1)
  })

  test('what is as often right as it is sure has no calibration error; what is always sure and never right has 1', () => {
    const honest = Array.from({ length: 100 }, (_, n) => ({ confidence: 0.75, right: n % 4 !== 0 }))
    expect(calibrationError(reliabilityOf(honest))).toBeCloseTo(0, 12)
    expect(calibrationError(reliabilityOf([{ confidence: 1, right: false }]))).toBe(1)
    expect(calibrationError(reliabilityOf([]))).toBe(0)
  })

  test('every answer is in one bin, which its confidence lies in', () => {
    const confidences = fc.array(
      fc.record({ confidence: fc.double({ min: 0, max: 1, noNaN: true }), right: fc.boolean() }),
    )
    fc.assert(
      fc.property(confidences, (drawn) => {
        const bins = reliabilityOf(drawn, 5)
        expect(sumOf(bins.map(({ count }) => count))).toBe(drawn.length)
        bins.forEach(({ count, confidence }, index) => {
          if (count === 0) return
          expect(confidence).toBeGreaterThanOrEqual(index / 5 - 1e-9)
          expect(confidence).toBeLessThanOrEqual((index + 1) / 5 + 1e-9)
        })
        const error = calibrationError(bins)
        expect(error >= 0 && error <= 1).toBe(true)
      }),
    )
  })
})
