import { expect, test } from 'vitest'
import { readLines } from '../../src/members/shared/json-lines.ts'

const body = Buffer.from('{"text":"é😀"}\n\n{"n":1}\r\n{"last":true}')
const expected = ['{"text":"é😀"}', '{"n":1}\r', '{"last":true}']

async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

async function parse(...parts: Uint8Array[]): Promise<string[]> {
  const lines: string[] = []
  for await (const line of readLines(chunks(...parts))) lines.push(line)
  return lines
}

test('lines split at any byte parse alike, the last with or without its end', async () => {
  expect(await parse(body)).toEqual(expected)
  for (let at = 0; at <= body.length; at++) {
    expect(await parse(body.subarray(0, at), body.subarray(at))).toEqual(expected)
  }
  expect(await parse(...Array.from(body, (byte) => Uint8Array.of(byte)))).toEqual(expected)
})
