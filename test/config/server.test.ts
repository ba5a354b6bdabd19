import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'
import { hashOfKey } from '../../src/config/resolve-server.ts'
import { callerOf } from '../../src/server/access/caller.ts'

const rest = "members: { a: { kind: onnx, url: 'http://a' } }\nensembles: { e: { members: [{ id: a }] } }\n"
const read = (server: string, env: Record<string, string> = {}) =>
  parseConfig(`server: ${server}\n${rest}`, { file: 'x.yaml', folder: '/', env })
const hash = 'a'.repeat(64)
const long = 'tutti-0123456789abcdef'

test.each(['0.0.0.0', '192.168.1.4', '::', 'example.com'])(
  '%s without keys is refused, unless it is said to be meant',
  (host) => {
    expect(() => read(`{ host: '${host}' }`)).toThrow(/x\.yaml:1:.*server\.host .* there are no keys/)
    expect(read(`{ host: '${host}', allow_anonymous: true }`).server.host).toBe(host)
    expect(read(`{ host: '${host}', keys: [{ name: k, sha256: ${hash} }] }`).server.host).toBe(host)
  },
)

test.each(['127.0.0.1', '127.3.2.1', 'localhost', '::1'])('%s needs no keys', (host) => {
  expect(read(`{ host: '${host}' }`).server.keys).toEqual([])
})

test('a key comes as a hash, or from the environment, of which the hash alone is kept', () => {
  const text = `{ keys: [{ name: a, sha256: ${hash} }, { name: b, env: B_KEY, ensembles: [e], concurrency: 2 }] }`
  const config = read(text, { B_KEY: 'tutti-0123456789abcdef' })
  expect(config.server.keys.map(({ sha256 }) => sha256)).toEqual([hash, hashOfKey('tutti-0123456789abcdef')])
  expect(JSON.stringify(config)).not.toContain('0123456789abcdef')
  expect(config.server.keys[1]).toMatchObject({ ensembles: ['e'], concurrency: 2, requestsPerMinute: null })
})

test.each([
  [`[{ name: a }]`, /keys\[0\] has neither/],
  [`[{ name: a, sha256: ${hash}, env: X }]`, /keys\[0\] has both/],
  ['[{ name: a, env: NOT_SET }]', /keys\[0\]\.env the environment variable NOT_SET is not set/],
  ['[{ name: a, env: SHORT }]', /keys\[0\]\.env the key in SHORT is shorter than 16/],
  [
    `[{ name: a, sha256: ${hash} }, { name: a, sha256: ${'b'.repeat(64)} }]`,
    /keys\[1\] repeats the name of server\.keys\[0\]/,
  ],
  [`[{ name: a, sha256: ${hash} }, { name: b, sha256: ${hash} }]`, /keys\[1\] repeats the key of server\.keys\[0\]/],
  [
    `[{ name: a, sha256: ${hashOfKey(long)} }, { name: b, env: LONG }]`,
    /keys\[1\] repeats the key of server\.keys\[0\]/,
  ],
  ['[{ name: a, env: LONG }, { name: b, env: LINE }]', /keys\[1\] repeats the key of server\.keys\[0\]/],
  ['[{ name: a, env: LINES }]', /keys\[0\]\.env the key in LINES holds white space/],
  ['[{ name: a, env: BLANK }]', /keys\[0\]\.env the key in BLANK holds white space/],
  ['[{ name: a, env: ACCENT }]', /keys\[0\]\.env the key in ACCENT holds .* others than ASCII/],
  [`[{ name: a, sha256: ABC }]`, /keys\[0\]\.sha256 must be 64/],
  [`[{ name: a, sha256: ${hash}, ensembles: [f] }]`, /keys\[0\]\.ensembles\[0\] no ensemble has the name "f"/],
])('keys %s are refused', (keys, why) => {
  const odd = { LINES: `${long}\n\n`, BLANK: `${long} x`, ACCENT: `${long}é` }
  expect(() => read(`{ keys: ${keys} }`, { SHORT: 'abc', LONG: long, LINE: `${long}\n`, ...odd })).toThrow(why)
})

test('keys that are not there repeat none', () => {
  expect(() => read('{ keys: [{ name: a, env: NONE }, { name: b, env: NOR_THIS }] }')).not.toThrow(/repeats/)
})

test.each(['\n', '\r\n'])('one line end behind a key in the environment is no part of it: %j', (end) => {
  const { keys } = read('{ keys: [{ name: a, env: LINE }] }', { LINE: `${long}${end}` }).server
  expect(callerOf(`Bearer ${long}`, keys)).toMatchObject({ known: true, name: 'a' })
})
