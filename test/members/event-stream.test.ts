import { expect, test } from 'vitest'
import { readEvents } from '../../src/members/shared/event-stream.ts'

const stream = Buffer.from(
  ': keep-alive\n\ndata: {"text":"é😀"}\n\r\n' +
    'data: first\ndata: second\n\n' +
    'event: x\nid: 7\ndata:no space\r\n\r\n' +
    'data: {"n":1}\n\n',
)
const expected = ['{"text":"é😀"}', 'first\nsecond', 'no space', '{"n":1}']

async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

async function parse(...parts: Uint8Array[]): Promise<string[]> {
  const events: string[] = []
  for await (const event of readEvents(chunks(...parts))) events.push(event)
  return events
}

test('a stream split at any byte parses alike', async () => {
  expect(await parse(stream)).toEqual(expected)
  for (let at = 0; at <= stream.length; at++) {
    expect(await parse(stream.subarray(0, at), stream.subarray(at))).toEqual(expected)
  }
})

test('a stream that comes byte by byte parses alike', async () => {
  expect(await parse(...Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual(expected)
})

test('an event without its blank line is not delivered', async () => {
  expect(await parse(Buffer.from('data: whole\n\ndata: cut'))).toEqual(['whole'])
})
