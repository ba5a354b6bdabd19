import { expect, test } from 'vitest'
import { percent } from '../../src/console/format.ts'

test('a share below 0 is written as its size with a sign', () => {
  expect([-0.5, -0.05, 0, 0.0005, 0.05, 1.5].map(percent)).toEqual([
    '−50 %',
    '−5.0 %',
    '0 %',
    '< 0.1 %',
    '5.0 %',
    '150 %',
  ])
})
