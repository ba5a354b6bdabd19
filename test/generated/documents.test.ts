import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { documents } from './documents.ts'

test.each(Object.entries(documents))('%s is what the code says (else: npm run generate)', async (path, content) => {
  const committed = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
  expect(committed).toBe(content())
})
