import { readdirSync, readFileSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = new URL('../../src/members/', import.meta.url)

function linesOf(kind: string): number {
  const files = readdirSync(new URL(`${kind}/`, folder))
  return files.reduce(
    (sum, file) => sum + readFileSync(new URL(`${kind}/${file}`, folder), 'utf8').split('\n').length - 1,
    0,
  )
}

test('the smallest adapter is the one that docs/adding-a-protocol.md names, and has under 150 lines', () => {
  const others = new Set(['shared', 'resilient'])
  const kinds = readdirSync(folder).filter((name) => statSync(new URL(name, folder)).isDirectory() && !others.has(name))
  const sizes = kinds.map((kind) => ({ kind, lines: linesOf(kind) })).sort((a, b) => a.lines - b.lines)
  const [, named] = /`(\w+)` is the smallest/.exec(
    readFileSync(new URL('../../docs/adding-a-protocol.md', import.meta.url), 'utf8'),
  )!
  expect(sizes[0]!.kind).toBe(named)
  expect(sizes[0]!.lines).toBeLessThan(150)
})
