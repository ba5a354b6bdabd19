import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  fromHash,
  initial,
  leftOut,
  limits,
  longestText,
  normalisations,
  pools,
  type State,
  tabs,
  toHash,
} from '../../src/console/state.ts'

const text = fc.string({ unit: 'binary', maxLength: 40 })
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,10}$/).filter((name) => name !== '__proto__')
const weight = fc.double({ min: 0, max: 1, noNaN: true, noDefaultInfinity: true })

const states: fc.Arbitrary<State> = fc.record({
  tab: fc.constantFrom(...tabs),
  model: text,
  prompt: text,
  maxTokens: fc.integer({ min: limits.maxTokens.least, max: limits.maxTokens.most }),
  temperature: fc.option(fc.double({ min: 0, max: limits.temperature.most, noNaN: true })),
  seed: fc.integer({ min: 0, max: limits.seed.most }),
  pool: fc.option(fc.constantFrom(...pools)),
  weights: fc.oneof(
    fc.constant(null),
    fc.constant('equal' as const),
    fc.dictionary(id, weight, { minKeys: 1, noNullPrototype: true }),
  ),
  alone: fc.boolean(),
  input: text,
  template: text,
  labels: text,
  normalisation: fc.constantFrom(...normalisations),
  text,
  heat: text,
  less: text,
})

test('what an address is made of is what is read from it', () => {
  fc.assert(
    fc.property(states, (state) => {
      // -0 is written as 0.
      const plain = JSON.parse(JSON.stringify(state))
      expect(fromHash(new URL(toHash(state), 'http://127.0.0.1:8080/').hash)).toEqual(plain)
    }),
  )
})

test('an address that says nothing is the example, with equal weights so that each member is seen', () => {
  expect(fromHash('')).toEqual({ ...initial, weights: 'equal' })
  expect(fromHash('#members')).toEqual({ ...initial, tab: 'members' })
  expect(toHash(initial)).toBe('#complete')
})

test.each([
  '#complete?maxTokens=0',
  '#complete?maxTokens=1e9',
  '#complete?maxTokens=2.5',
  '#complete?seed=-1',
  '#complete?seed=',
  '#complete?temperature=hot',
  '#complete?temperature=NaN',
  '#complete?pool=foo',
  '#complete?pool=constructor',
  '#complete?normalisation=foo',
  '#complete?weights=a:2',
  '#complete?weights=a:1,b',
  '#complete?weights=',
  '#nonsense?nonsense=1',
])('%s: what can not be read is as at first', (hash) => {
  expect(fromHash(hash)).toEqual(initial)
})

test('an address has no text that is too long, and all else', () => {
  const long = 'ж'.repeat(longestText + 1)
  const state: State = { ...initial, tab: 'score', prompt: long, text: long.slice(1), seed: 7 }
  expect(leftOut(state)).toEqual(['prompt'])
  expect(fromHash(toHash(state))).toEqual({ ...state, prompt: initial.prompt })
})

test('no state holds a key', () => {
  expect(Object.keys(initial).filter((name) => /key|secret|token$/i.test(name))).toEqual([])
})
