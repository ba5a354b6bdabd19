import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'
import { configJsonSchema } from '../../src/config/schema.ts'

const most = 2_147_483_647

interface Node {
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Node>>
  readonly additionalProperties?: Node | boolean
  readonly items?: Node
  readonly oneOf?: readonly Node[]
}

function timesIn({ properties = {}, additionalProperties, items, oneOf = [] }: Node): [string, Node][] {
  const inner = [...Object.values(properties), additionalProperties, items, ...oneOf]
  return [
    ...Object.entries(properties).filter(([name]) => name.endsWith('_ms')),
    ...inner.flatMap((node) => (typeof node === 'object' ? timesIn(node) : [])),
  ]
}

test('every time of the schema is one that a timer can wait for', () => {
  const times = timesIn(configJsonSchema() as Node)
  expect(new Set(times.map(([name]) => name)).size).toBeGreaterThanOrEqual(17)
  expect(times.filter(([, { maximum }]) => maximum !== most)).toEqual([])
})

const config = (fields: { server?: string; redis?: string; member?: string; ensemble?: string }) => `
server: { ${fields.server ?? ''} }
redis: { url: 'redis://r', ${fields.redis ?? ''} }
members: { a: { kind: onnx, url: 'http://a', ${fields.member ?? ''} } }
ensembles: { e: { members: [{ id: a }], ${fields.ensemble ?? ''} } }
`
const read = (text: string) => parseConfig(text, { file: 'x.yaml', folder: '/', env: {} })

test.each([
  ['server.drain_ms', (ms: number) => config({ server: `drain_ms: ${ms}` })],
  ['server.limits.queue_ms', (ms: number) => config({ server: `limits: { queue_ms: ${ms} }` })],
  ['server.limits.receive_ms', (ms: number) => config({ server: `limits: { receive_ms: ${ms} }` })],
  ['redis.timeout_ms', (ms: number) => config({ redis: `timeout_ms: ${ms}` })],
  ['members.a.timeouts.first_token_ms', (ms: number) => config({ member: `timeouts: { first_token_ms: ${ms} }` })],
  ['members.a.breaker.open_ms', (ms: number) => config({ member: `breaker: { open_ms: ${ms} }` })],
  ['ensembles.e.deadline_ms', (ms: number) => config({ ensemble: `deadline_ms: ${ms}` })],
  ['ensembles.e.grace_ms', (ms: number) => config({ ensemble: `grace_ms: ${ms}` })],
])('%s of 30 days is refused with its path and the limit, which itself is taken', (path, text) => {
  expect(() => read(text(30 * 24 * 3_600_000))).toThrow(
    `${path} must be at most ${most} milliseconds (24 days), the longest that a timer waits`,
  )
  expect(() => read(text(most))).not.toThrow()
})
