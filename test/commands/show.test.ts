import { expect, test } from 'vitest'
import { bar } from '../../src/commands/bar.ts'
import { palette } from '../../src/commands/palette.ts'
import { percent } from '../../src/commands/percent.ts'
import { printable, symbolLabel } from '../../src/commands/printable.ts'
import { showCandidates } from '../../src/commands/show-candidates.ts'
import { table } from '../../src/commands/table.ts'

const plain = palette(false)
const as = (letter: string) => (text: string) => letter.repeat(text.length)

test.each([
  [0, '0%'],
  [0.0001, '<0.1%'],
  [0.412, '41.2%'],
  [0.9996, '100%'],
  [1, '100%'],
])('a share of %d is shown as %s', (share, text) => {
  expect(percent(share)).toBe(text)
})

test('the parts of a bar fill their shares of the width, and their sum is right after rounding', () => {
  const parts = [
    { share: 1 / 3, paint: as('a') },
    { share: 1 / 3, paint: as('b') },
    { share: 1 / 3, paint: as('c') },
  ]
  expect(bar(parts, 10, false)).toBe('aaabbbbccc')
})

test('a share too small for a cell still leaves a mark, none leaves none', () => {
  expect(bar([{ share: 0.001, paint: as('a') }], 4, false)).toBe('a   ')
  expect(bar([{ share: 0, paint: as('a') }], 4, false)).toBe('    ')
})

test("a model's control characters can't steer the terminal", () => {
  expect(printable('\u001b[2Jred\u0007\u009b1m\n\tok')).toBe('?[2Jred??1m\n\tok')
})

test.each([
  [0x61, "'a'"],
  [0x20, "' '"],
  [0x0a, "'\\n'"],
  [0x1b, '0x1B'],
  [0xc3, '0xC3'],
  ['end', 'end'],
] as const)('the symbol %s is labelled %s', (symbol, label) => {
  expect(symbolLabel(symbol)).toBe(label)
})

test('with many members the bar goes first, then the ends of their names, and the width holds', () => {
  const members = Array.from({ length: 6 }, (_, index) => ({ id: `a-rather-long-name-${index}`, weight: 1 / 6 }))
  const shares = members.map(({ id }) => ({ id, probability: 0.5 }))
  const rows = [{ label: "' word'", probability: 0.5, members: shares }]
  const lines = table('next word', rows, members, 'tutti', { columns: 80, unicode: false }, plain)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(lines[1]).toMatch(/^ {2}' word' +50\.0%( +50\.0%){6}$/)
  expect(lines[0]).toContain('a-rather')
})

test('under an answer that was chosen stand all candidates with what they say, the chosen one marked, and who is missing', () => {
  const candidate = { text: 'It is\n42.', canonical: '42', score: 2 / 3, chosen: true }
  const report = {
    strategy: 'majority',
    degraded: true,
    candidates: [
      { ...candidate, author: 'one' },
      { ...candidate, author: 'three', canonical: null, text: 'no \u001b idea', score: null, chosen: false },
    ],
    members: [
      { id: 'one', status: 'ok' },
      { id: 'three', status: 'ok' },
      { id: 'two', status: 'error', error: { message: 'refused' } },
    ],
    usage: { answer_tokens: 9 },
    timings: { total_ms: 1234 },
    seed: 7,
  }
  expect(showCandidates(report, 'stop', { columns: 120, unicode: false }, plain)).toEqual([
    '  > # one    66.7%           42',
    '    # three  -               no ? idea',
    '  majority of 2 answers, 9 tokens in all, degraded, 1.2 s, ended by stop, seed 7',
    '  two took no part (error: refused)',
  ])
})
