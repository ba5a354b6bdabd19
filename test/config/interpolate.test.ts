import { expect, test } from 'vitest'
import { interpolate } from '../../src/config/interpolate.ts'
import type { Problem } from '../../src/config/problem.ts'

function fill(value: unknown, env: Record<string, string> = {}): { value: unknown; problems: Problem[] } {
  const problems: Problem[] = []
  return { value: interpolate(value, env, problems, new Set()), problems }
}

test('a reference anywhere in a string value becomes the variable', () => {
  const env = { HOST: 'gpu-1', PORT: '8000' }
  const { value } = fill({ members: [{ url: 'http://${HOST}:${PORT}' }] }, env)
  expect(value).toEqual({ members: [{ url: 'http://gpu-1:8000' }] })
})

test('a default stands in for a variable that is unset or empty, and may be empty', () => {
  expect(fill('${HOST:-localhost}').value).toBe('localhost')
  expect(fill('${HOST:-localhost}', { HOST: '' }).value).toBe('localhost')
  expect(fill('x${HOST:-}').value).toBe('x')
})

test('a variable that is neither set nor defaulted is a problem with its path, never an empty string', () => {
  const { problems } = fill({ a: [{ key: '${SECRET}' }] })
  expect(problems).toEqual([
    {
      path: ['a', 0, 'key'],
      reason: 'the environment variable SECRET is not set',
      suggestion: expect.stringContaining('SECRET'),
    },
  ])
})

test('keys, numbers and what a variable contains are left alone', () => {
  expect(fill({ '${A}': 1, b: '${B}' }, { A: 'x', B: '${A}' }).value).toEqual({ '${A}': 1, b: '${A}' })
})
