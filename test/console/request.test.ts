import { expect, test } from 'vitest'
import {
  aloneBody,
  classifyBody,
  completionBody,
  configuredWeights,
  type Extra,
  modelName,
  poolsOf,
  scoreBody,
} from '../../src/console/request.ts'
import { initial, type State } from '../../src/console/state.ts'
import { classifyBody as classifySchema } from '../../src/server/wire/classify-request.ts'
import { completionBody as completionSchema } from '../../src/server/wire/completion-request.ts'
import { scoreBody as scoreSchema } from '../../src/server/wire/score.ts'
import { ensembleView } from './ensemble-view.ts'

const free = ensembleView([
  ['a', 0.75],
  ['b', 0.25],
])
const { per_request: _, ...ensemble } = free
const all = new Set<Extra>(['candidates', 'timeline'])
const none = new Set<Extra>()
const moved: State = { ...initial, weights: { a: 0.2, b: 0.8 }, pool: 'vote' }

test('a request sets weights and pool only where the ensemble lets it', () => {
  expect(completionBody(moved, [free], none).ensemble).toEqual({
    diagnostics: 'steps',
    weights: { a: 0.2, b: 0.8 },
    pool: 'vote',
  })
  expect(completionBody(moved, [ensemble], none).ensemble).toEqual({ diagnostics: 'steps' })
  expect(completionBody({ ...moved, model: 'tutti/a' }, [free], none).ensemble).toEqual({ diagnostics: 'steps' })
})

test('equal weights are equal whoever the members are; a slider at 0 leaves its member out', () => {
  expect(completionBody({ ...initial, weights: 'equal' }, [free], none).ensemble.weights).toEqual({ a: 0.5, b: 0.5 })
  expect(completionBody({ ...initial, weights: { a: 1, b: 0 } }, [free], none).ensemble.weights).toEqual({ a: 1 })
})

test('no request sets the weights of an ensemble with a contrasted member, which would turn its sign', () => {
  const contrasted = ensembleView(
    [
      ['a', 1.5],
      ['b', -0.5],
    ],
    'log_linear',
  )
  expect(configuredWeights(contrasted)).toEqual({ a: 1.5, b: -0.5 })
  expect(completionBody({ ...initial, weights: 'equal' }, [contrasted], none).ensemble).toEqual({
    diagnostics: 'steps',
  })
  expect(completionBody({ ...moved, pool: null }, [contrasted], none).ensemble).toEqual({ diagnostics: 'steps' })
})

test('weights of members that are not here are dropped; where no others are left, the ensemble’s own hold', () => {
  const weightsOf = (weights: Record<string, number>) =>
    completionBody({ ...initial, weights }, [free], none).ensemble.weights
  expect(weightsOf({ foo: 0.5, a: 0.1, b: 0.4 })).toEqual({ a: 0.2, b: 0.8 })
  expect(weightsOf({ foo: 1 })).toBeUndefined()
  expect(weightsOf({ a: 0, b: 0 })).toBeUndefined()
})

test('with a contrasted member no pool is asked for but the one that takes it', () => {
  const contrasted = ensembleView([
    ['a', 1.5],
    ['b', -0.5],
  ])
  expect(poolsOf(contrasted)).toEqual(['log_linear'])
  expect(completionBody({ ...initial, pool: 'vote' }, [contrasted], none).ensemble.pool).toBeUndefined()
  expect(completionBody({ ...initial, pool: 'log_linear' }, [contrasted], none).ensemble.pool).toBe('log_linear')
})

test('members called as what every object has are weighed like any other', () => {
  const odd = ensembleView([
    ['a', 1],
    ['constructor', 1],
    ['toString', 1],
    ['hasOwnProperty', 1],
  ])
  const bodyOf = (weights: Record<string, number>) =>
    completionBody({ ...initial, weights }, [odd], none).ensemble.weights
  expect(bodyOf({ a: 1 })).toEqual({ a: 1 })
  expect(bodyOf({ a: 0.5, constructor: 0.5 })).toEqual({ a: 0.5, constructor: 0.5 })
})

test('what an address names and the gateway has not is asked of the first there is', () => {
  expect(modelName([ensemble], 'nobody')).toBe('tutti')
  expect(modelName([ensemble], 'tutti/nobody')).toBe('tutti')
  expect(modelName([ensemble], 'tutti/b')).toBe('tutti/b')
})

test('a member alone is asked the same without what only an ensemble has', () => {
  const body = completionBody(moved, [free], all)
  expect(aloneBody(body, 'b')).toEqual({
    ...body,
    model: 'tutti/b',
    ensemble: { diagnostics: 'steps', candidates: body.ensemble.candidates },
  })
})

test('labels are lines; empty ones are none', () => {
  expect(classifyBody({ ...initial, labels: ' yes\n\n no\n' }, [ensemble]).labels).toEqual([' yes', ' no'])
})

test('the API takes what the page sends', () => {
  expect(() => completionSchema.parse(completionBody(moved, [free], all))).not.toThrow()
  expect(() => classifySchema.parse(classifyBody(initial, [free]))).not.toThrow()
  expect(() => scoreSchema.parse(scoreBody(initial, [free]))).not.toThrow()
})
