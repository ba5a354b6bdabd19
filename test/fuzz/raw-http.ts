import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'

const body = '{"model":"toys","prompt":"a","max_tokens":1}'
const head = ['POST /v1/completions HTTP/1.1', 'host: x', 'content-type: application/json']

/** Whole messages that go against HTTP in one way each. */
const known = [
  'GET / HTTP/9.9\r\n\r\n',
  'GET /\r\n\r\n',
  '\r\n\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET /livez HTTP/1.1\r\n\r\n',
  'GET /livez HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n',
  `${[...head, 'content-length: 10', 'content-length: 44'].join('\r\n')}\r\n\r\n${body}`,
  `${[...head, 'content-length: 44', 'transfer-encoding: chunked'].join('\r\n')}\r\n\r\n2c\r\n${body}\r\n0\r\n\r\n`,
  `${[...head, 'transfer-encoding: chunked, identity'].join('\r\n')}\r\n\r\n${body}`,
  `${[...head, 'transfer-encoding: chunked'].join('\r\n')}\r\n\r\nzz\r\n${body}\r\n`,
  `${[...head, 'transfer-encoding: chunked'].join('\r\n')}\r\n\r\nffffffffffffffffff\r\n${body}\r\n`,
  `${[...head, 'content-length: -1'].join('\r\n')}\r\n\r\n${body}`,
  `${[...head, 'content-length: 99999999999999999999'].join('\r\n')}\r\n\r\n${body}`,
  `${[...head, `x: ${'y'.repeat(70_000)}`].join('\r\n')}\r\n\r\n`,
  `${[...head, ...Array.from({ length: 3_000 }, (_, i) => `x${i}: y`)].join('\r\n')}\r\n\r\n`,
  `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
  `${[...head, 'x\u0000y: z'].join('\r\n')}\r\n\r\n`,
  `${[...head, ' folded: z'].join('\r\n')}\r\n\r\n`,
  `${head.join('\n')}\n\n${body}`,
  'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET /livez HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET http://elsewhere/livez HTTP/1.1\r\nhost: x\r\n\r\n',
]

/** Bytes that a socket may bring: messages against HTTP, good ones with bytes exchanged, and noise. */
export const rawMessages: fc.Arbitrary<Buffer> = fc.oneof(
  fc.constantFrom(...known).map((text) => Buffer.from(text, 'latin1')),
  fc
    .tuple(fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 6 }), fc.nat(400))
    .map(([changes, cut]) => {
      const bytes = Buffer.from(`${[...head, `content-length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`)
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte
      return bytes.subarray(0, 20 + cut)
    }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
)

/** Statuses of what comes back when the bytes are sent and the sending side is closed. */
export async function statusesOf(port: number, bytes: Buffer): Promise<number[]> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1')
  })
  const closed = once(socket, 'close')
  socket.end(bytes)
  const timer = setTimeout(() => socket.destroy(new Error('hung')), 5_000)
  await closed
  clearTimeout(timer)
  if (socket.errored?.message === 'hung') throw new Error('the connection was left open')
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status))
}
