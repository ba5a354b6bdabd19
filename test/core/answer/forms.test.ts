import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exactForm, foundForm } from '../../../src/core/answer/canonical.ts'
import { choiceForm } from '../../../src/core/answer/choice-form.ts'
import { jsonForm } from '../../../src/core/answer/json-form.ts'
import { numberForm } from '../../../src/core/answer/number-form.ts'

test('the exact form of a form is itself, white space around it or not', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const form = exactForm(text) as string
      expect(exactForm(`\n ${form}\t`)).toBe(form)
      expect(exactForm(text.normalize('NFD'))).toBe(form)
    }),
  )
})

describe('numbers', () => {
  test.each([
    ['The answer is 42.', '42'],
    ['1,234.50 dollars', '1234.5'],
    ['$1,000,000', '1000000'],
    ['x = -3', '-3'],
    ['it is −7 °C', '-7'],
    ['between 3-5', '5'],
    ['1.2345e3', '1234.5'],
    ['5e-3', '0.005'],
    ['.50', '0.5'],
    ['007', '7'],
    ['-0.0', '0'],
    ['1,2,3', '3'],
    ['1,2345', '2345'],
    ['12\u202f345', '12345'],
    ['It costs 18 as GPT4 said', '18'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['1e400', '1e400'],
    ['none', null],
    ['GPT4', null],
  ])('%j is %j', (text, form) => {
    expect(numberForm(text)).toBe(form)
  })

  test('every way to write a number has its form', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(6), (value, places) => {
        const form = numberForm(String(value))
        expect(numberForm(`so ${value}.${'0'.repeat(places + 1)}`)).toBe(form)
        expect(numberForm(`= ${value.toLocaleString('en-US')}.`)).toBe(form)
        expect(numberForm(value.toExponential())).toBe(form)
        expect(Number(form)).toBe(value + 0)
      }),
    )
  })

  test('a long run of digits and commas takes no long time', () => {
    const started = performance.now()
    numberForm('1,234,'.repeat(50_000))
    numberForm('1'.repeat(200_000))
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

describe('letters of a choice', () => {
  const form = choiceForm('ABCD')
  test.each([
    ['B', 'B'],
    [' (c). ', 'C'],
    ['**D**', 'D'],
    ['The answer is B because A is too small.', 'B'],
    ['Answer: (C)', 'C'],
    ['the correct option is **A**', 'A'],
    ['I think it is (A), not (B). So: (A)', 'A'],
    ['B) 42', 'B'],
    ['The answer is A because B is wrong', 'A'],
    ['Answer: A as B is wrong', 'A'],
    ['The answer is (b)', 'B'],
    ['the answer is b', 'B'],
    ['answer: c', 'C'],
    ['The answer is: **a**.', 'A'],
    ['The answer is (a) because b is wrong', 'A'],
    ['The answer is a', 'A'],
    ['The answer is a dog', null],
    ['The answer is a 5-minute walk. D', 'D'],
    ['The answer is bad', null],
    ['Not option A. The answer is c', 'C'],
    ['The answer is a? No: option B', 'B'],
    ['Option A dog is odd', null],
    ['A dog is no cat. D', 'D'],
    ['A dog is no cat.', null],
    ["I'd say E", null],
    ['', null],
  ])('%j is %j', (text, expected) => {
    expect(form(text)).toBe(expected)
  })

  test('letters outside the choice are none', () => {
    expect(choiceForm('AB')('C')).toBeNull()
  })
})

describe('fields of JSON', () => {
  test.each([
    ['{"answer": 42}', 'answer', '42'],
    ['{"answer": "42 "}', 'answer', '42'],
    ['Sure:\n```json\n{"a": {"b": [1.0, "x"]}}\n```', 'a.b', '[1,"x"]'],
    ['{"a": {"y": 1, "x": 2}}', 'a', '{"x":2,"y":1}'],
    ['{"a": null}', 'a', 'null'],
    ['{"a": 1}', 'b', null],
    ['{"a": 1}', 'toString', null],
    ['{"a": 1', 'a', null],
    ['none', 'a', null],
  ])('of %j, %s is %j', (text, path, form) => {
    expect(jsonForm(path)(text)).toBe(form)
  })

  test('a hundred levels deep is a form, and what is deeper none: not even what is deeper than the stack goes', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`
    expect(jsonForm('a')(nested(100))).toBe('['.repeat(100) + ']'.repeat(100))
    for (const levels of [101, 100_000]) expect(jsonForm('a')(nested(levels))).toBeNull()
  })
})

test('what a search finds is the form, without white space around it', () => {
  const found = foundForm((text) => /= (.*)$/.exec(text)?.[1] ?? null)
  expect(found('x =  4 ')).toBe('4')
  expect(found('x')).toBeNull()
})
