import { inspect } from 'node:util'
import fc from 'fast-check'

/** A request to be injected. */
export interface FuzzRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly payload?: string | Buffer
}

interface Schema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
}

export interface OpenApi {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<string, { readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Schema }>> } }>
      >
    >
  >
}

/** Texts that programs trip over: controls, surrogates alone, names of prototypes, very long ones. */
const hostileText = fc.oneof(
  fc.constantFrom(
    '',
    '\u0000',
    '\ud800',
    '\udfff\ud800',
    '__proto__',
    'constructor',
    'tutti/../tutti',
    '%00',
    '\r\nx: y',
    '${jndi:x}',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(1_000, 5_000).map((length) => 'a'.repeat(length)),
)

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, -1, 0, 1e308, -0, 2 ** 53, 1e-320, 0.5, [], {}, [[]], [null], { a: { b: {} } }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(20, 400).map(nested),
)

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

/** Values that a schema allows, small ones: what members would be asked for is not what is tried here. */
function allowedBy(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return fc.oneof(...choices.map((choice) => allowedBy(choice, depth)))
  if (schema.type === 'object' || schema.properties) return objectOf(schema, depth)
  if (schema.type === 'array') {
    return fc.array(allowedBy(schema.items ?? {}, depth + 1), { minLength: schema.minItems ?? 0, maxLength: 3 })
  }
  if (schema.type === 'string') return fc.constantFrom('a', 'ab', 'tutti', 'ba b', 'aba a')
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'null') return fc.constant(null)
  const low = Math.ceil(schema.minimum ?? 0)
  const high = Math.max(low, Math.min(schema.maximum ?? 8, low + 8))
  if (schema.type === 'integer') return fc.integer({ min: low, max: high })
  if (schema.type === 'number') return fc.double({ min: low, max: high, noNaN: true })
  return fc.constantFrom<unknown>(null, 1, 'a')
}

function objectOf({ properties = {}, required = [] }: Schema, depth: number): fc.Arbitrary<object> {
  const fields = Object.entries(properties).filter(([name]) => depth < 4 && name !== 'model')
  const record = fc.record(Object.fromEntries(fields.map(([name, schema]) => [name, allowedBy(schema, depth + 1)])), {
    requiredKeys: required.filter((name) => fields.some(([field]) => field === name)),
  })
  // All at once contradict each other: most bodies have a few.
  const few = fc
    .tuple(
      record,
      fc.subarray(
        fields.map(([name]) => name),
        { maxLength: Math.min(3, fields.length) },
      ),
    )
    .map(([all, kept]) =>
      Object.fromEntries(Object.entries(all).filter(([name]) => required.includes(name) || kept.includes(name))),
    )
  return 'model' in properties ? few.map((body) => ({ model: 'toys', ...body })) : few
}

/** A value with something in it exchanged, dropped or added. */
function mutated(value: unknown, { place, hostile, how }: { place: number; hostile: unknown; how: number }): unknown {
  if (typeof value !== 'object' || value === null) return hostile
  const keys = Object.keys(value)
  if (keys.length === 0 || how === 3) {
    // An object whose `toString` is none has no text of its own.
    return Array.isArray(value) ? [...value, hostile] : { ...value, [inspect(hostile)]: hostile }
  }
  const key = keys[place % keys.length] as string
  const inner = (value as Record<string, unknown>)[key]
  const next = how === 0 ? hostile : mutated(inner, { place: Math.floor(place / keys.length), hostile, how })
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === key ? next : item))
  const { [key]: _, ...others } = value as Record<string, unknown>
  return how === 1 ? others : { ...others, [key]: next }
}

function damaged(text: string, [at, byte, how]: readonly [number, number, number]): Buffer {
  const bytes = Buffer.from(text)
  const place = at % (bytes.length + 1)
  if (how === 0) return bytes.subarray(0, place)
  if (how === 1) return Buffer.concat([bytes.subarray(0, place), Buffer.from([byte]), bytes.subarray(place)])
  if (place < bytes.length) bytes[place] = byte
  return bytes
}

const headerValue = fc.string({ unit: 'grapheme-ascii', maxLength: 30 })
const headers = fc.record(
  {
    'content-type': fc.oneof(
      { weight: 8, arbitrary: fc.constant('application/json') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('text/plain', 'application/json; charset=utf-16', 'application/json;;', 'a'),
      },
      { weight: 1, arbitrary: headerValue },
    ),
    authorization: fc.oneof(headerValue, fc.constantFrom('Bearer', 'Bearer  x y', `Bearer ${'x'.repeat(4_000)}`)),
    'x-request-id': headerValue,
    traceparent: headerValue,
    accept: headerValue,
    cookie: headerValue,
    'x-forwarded-for': headerValue,
    expect: fc.constantFrom('100-continue', 'something'),
  },
  { requiredKeys: ['content-type'] },
)

/** Requests over every route of the document: well-formed, mutated and hostile. */
export function fuzzRequests({ paths }: OpenApi): fc.Arbitrary<FuzzRequest> {
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => ({
      path,
      method,
      schema: requestBody?.content['application/json']?.schema,
    })),
  )
  const kinds = routes.map(({ path, method, schema }): fc.Arbitrary<FuzzRequest> => {
    const url = fc
      .tuple(
        fc.constantFrom('toys', 'm0', 'x', '..', '%2e%2e', '%00', 'a'.repeat(300)),
        fc.constantFrom('', '?', '?model=toys', '?a[b]=1&a=2'),
      )
      .map(([name, query]) => `${path.replace(/\{\w+\}/g, name)}${query}`)
    if (method !== 'post') return fc.record({ method: fc.constant('GET' as const), url, headers })
    const body = allowedBy(schema ?? {})
    const mutation = fc.record({ place: fc.nat(1_000), hostile: hostileValue, how: fc.nat(3) })
    const payload: fc.Arbitrary<string | Buffer> = fc.oneof(
      { weight: 3, arbitrary: body.map((value) => JSON.stringify(value)) },
      { weight: 5, arbitrary: fc.tuple(body, mutation).map(([value, one]) => JSON.stringify(mutated(value, one))) },
      {
        weight: 3,
        arbitrary: fc
          .tuple(body, fc.tuple(fc.nat(10_000), fc.nat(255), fc.nat(2)))
          .map(([value, one]) => damaged(JSON.stringify(value), one)),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
      { weight: 1, arbitrary: hostileValue.map((value) => JSON.stringify(value)) },
    )
    return fc.record({ method: fc.constant('POST' as const), url, headers, payload })
  })
  return fc.oneof(...kinds)
}
