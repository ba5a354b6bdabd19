import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'

/** A member with a secret out of the environment in both places that take one. */
function read(secret: string) {
  const text = `
members:
  a:
    kind: openai
    url: http://a
    model: m
    api: completions
    api_key: \${SECRET}
    headers: { api-key: '\${SECRET}' }
ensembles: { e: { members: [{ id: a }] } }
`
  return parseConfig(text, { file: 'x.yaml', folder: '/', env: { SECRET: secret } }).members[0]
}

test.each(['\n', '\r\n'])('one line end behind a secret of a member is no part of it: %j', (end) => {
  expect(read(`CANARY-1${end}`)).toMatchObject({ apiKey: 'CANARY-1', headers: { 'api-key': 'CANARY-1' } })
})

test.each(['CANARY\n\n', 'CAN\nARY', 'CANARY\r', 'CANARY\u0000', 'CANARYé'])(
  'a secret that no header takes is refused where it stands, and not shown: %j',
  (secret) => {
    expect(() => read(secret)).toThrow(
      /x\.yaml:8:14: members\.a\.api_key holds white space, control characters or others than ASCII/,
    )
    expect(() => read(secret)).toThrow(/x\.yaml:9:25: members\.a\.headers\.api-key holds line ends, control/)
    expect(() => read(secret)).not.toThrow(/CAN/)
  },
)

test('a bearer token has no blanks; other headers may', () => {
  expect(() => read('CAN ARY')).toThrow(/members\.a\.api_key holds white space/)
  expect(() => read('CAN ARY')).not.toThrow(/headers/)
})
