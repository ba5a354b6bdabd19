import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { neutralChatFields, neutralCompletionFields } from '../../src/server/wire/neutral-fields.ts'

const schema = z.object({ ...neutralCompletionFields, ...neutralChatFields })
/** The values by which a field asks for nothing, as the API's description names them. */
const neutral = Object.entries(schema.shape).flatMap(([name, field]) => {
  const { enum: values } = (z.globalRegistry.get(field) ?? {}) as { enum?: unknown[] }
  return values === undefined ? [] : [[name, values] as const]
})

test.each(neutral)('%s may be left out or have a value that asks for nothing, and no other: %j', (name, values) => {
  const accepts = (body: object) => schema.safeParse(body).success
  expect(accepts({})).toBe(true)
  for (const value of values) expect(accepts({ [name]: value })).toBe(true)
  const known = new Set(values.map((value) => JSON.stringify(value)))
  const near = fc.constantFrom<unknown>(
    {},
    [],
    [[]],
    ['text', 'text'],
    { 0: 'text' },
    ['type'],
    { type: 'text', a: 1 },
    { a: 1 },
  )
  fc.assert(
    fc.property(fc.oneof(near, fc.jsonValue()), (value) => {
      expect(accepts({ [name]: value })).toBe(known.has(JSON.stringify(value)))
    }),
  )
})
