import { expect, test } from 'vitest'
import { fitLabels, type ScoredRow } from '../../../src/compose/evaluation/fit-labels.ts'
import { labelProbabilities } from '../../../src/compose/evaluation/label-contender.ts'
import { measureLabels, plainLabelContenders } from '../../../src/compose/evaluation/measure-labels.ts'
import { uniform } from '../../../src/core/decode/noise.ts'

const ids = ['honest', 'shy', 'noise']

/** Three labels: one member is mostly right and too sure, one knows only the first label, one knows nothing. */
function rows(from: number, to: number): ScoredRow[] {
  return Array.from({ length: to - from }, (_, n) => {
    const place = from + n
    const label = Math.floor(3 * uniform(1, place, 0))
    const seen = uniform(1, place, 1) < 0.7 ? label : Math.floor(3 * uniform(1, place, 2))
    const scores = [
      [0, 1, 2].map((y) => (y === seen ? 9 : 0)),
      [0, 1, 2].map((y) => (y === 0 && label === 0 ? 3 : 0)),
      [0, 1, 2].map((y) => 4 * uniform(1, place, 3 + y)),
    ]
    return { document: `d${place}`, domain: 'x', input: '', label, scores }
  })
}

const learn = rows(0, 300)
const prove = rows(300, 600)
const lossOf = (contenders: Parameters<typeof measureLabels>[1]) =>
  measureLabels(prove, contenders, ids, 1).measures[0]!.standings.at(-1)!.standings

test.each(['em', 'log_linear', 'select', 'stacking'] as const)(
  '%s beats every member alone on rows it has not seen',
  (method) => {
    const fitted = fitLabels(method, 'tuned', learn, 1)
    const standings = lossOf([...plainLabelContenders(ids, fitted.temperatures), fitted])
    const loss = (name: string) => standings.find((one) => one.name === name)!.loss!.estimate
    for (const id of ids) expect(loss('tuned')).toBeLessThan(loss(id))
  },
)

test('a member that is too sure gets a temperature above 1, and is then as often right as it says', () => {
  const { temperatures } = fitLabels('em', 'tuned', learn, 1)
  expect(temperatures[0]).toBeGreaterThan(2)
  const calibration = (own: readonly number[]) =>
    measureLabels(prove, plainLabelContenders(ids, own), ids, 1).calibration[0]!.error
  expect(calibration(temperatures)).toBeLessThan(calibration([1, 1, 1]) / 2)
})

test('probabilities sum to 1, and the one member of a one-hot pool is that member', () => {
  const [alone] = plainLabelContenders(ids, [2, 1, 1])
  for (const { scores } of prove.slice(0, 20)) {
    const probabilities = labelProbabilities(alone!, scores)
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
    const own = scores[0]!.map((score) => Math.exp(score / 2))
    const total = own.reduce((sum, p) => sum + p, 0)
    probabilities.forEach((p, y) => {
      expect(p).toBeCloseTo(own[y]! / total, 12)
    })
  }
})

test('two fits with one seed are the same', () => {
  expect(fitLabels('stacking', 't', learn, 4)).toEqual(fitLabels('stacking', 't', learn, 4))
})
