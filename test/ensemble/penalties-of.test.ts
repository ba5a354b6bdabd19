import { expect, test } from 'vitest'
import { penaltiesOf } from '../../src/ensemble/penalties-of.ts'
import type { Probe } from '../../src/members/member.ts'
import { defineToy } from '../core/lattice/toy.ts'

const bytes = ['', '', '', 'a', 'b'].map((text) => new TextEncoder().encode(text))
/** 0 and 1 end a text, 2 is a control token. */
const { vocabulary } = defineToy(bytes, { ends: 2, controls: 1, seed: 1, sharpness: 1 })
const present = [{ probe: { vocabulary } as Probe }]
const token = { ensemble: { name: 'toys' }, granularity: 'token', present } as const
const asked = (bias: [number, number][], others = { frequency: 0, presence: 0 }) => ({ ...others, bias: new Map(bias) })
const biasOf = (bias: [number, number][]) => [...penaltiesOf(token, asked(bias)).bias]

test('a bias by token id is one by symbol: every end is the symbol behind all tokens', () => {
  expect(biasOf([[3, -2]])).toEqual([[3, -2]])
  expect(biasOf([[0, 1.5]])).toEqual([[vocabulary.size, 1.5]])
  expect(biasOf([[1, -100]])).toEqual([[vocabulary.size, -100]])
  // Both ends alike are one bias.
  expect(
    biasOf([
      [0, -3],
      [1, -3],
      [4, 2],
    ]),
  ).toEqual([
    [vocabulary.size, -3],
    [4, 2],
  ])
  expect(biasOf([[2, -5]])).toEqual([[2, -5]])
})

test.each<[string, [number, number][], string]>([
  ['an id outside the vocabulary', [[vocabulary.size, 1]], 'unknown_token'],
  ['a control token that is to be likelier', [[2, 1]], 'unsupported_parameter'],
  [
    'two ends with two biases',
    [
      [0, 1],
      [1, 2],
    ],
    'invalid_request',
  ],
])('%s is refused by its field', (_, bias, code) => {
  expect(() => biasOf(bias)).toThrow(expect.objectContaining({ code, param: 'logit_bias' }))
})

test('frequency and presence go through as they are; by byte nothing does, and the error names what was asked for', () => {
  const others = { frequency: 0.5, presence: -1 }
  expect(penaltiesOf(token, asked([], others))).toEqual(asked([], others))
  const byByte = { ...token, granularity: 'byte' } as const
  for (const [penalties, param] of [
    [asked([[3, 1]], others), 'logit_bias'],
    [asked([], others), 'frequency_penalty'],
    [asked([], { frequency: 0, presence: 1 }), 'presence_penalty'],
  ] as const) {
    expect(() => penaltiesOf(byByte, penalties)).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param }),
    )
  }
})
