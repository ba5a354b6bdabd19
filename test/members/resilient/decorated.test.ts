import { expect, test } from 'vitest'
import type { Member } from '../../../src/members/member.ts'
import { type Around, type Call, decorated, onceByStream } from '../../../src/members/resilient/decorated.ts'
import { all } from '../../conformance/support.ts'

const given = new AbortController().signal

/** A member of every operation, which answers with what it was called with. */
function everything(without: readonly (keyof Member)[] = []): Member {
  const once = (operation: string) =>
    (async (...call: unknown[]) => [operation, ...call]) as unknown as () => Promise<never>
  const many = (operation: string) =>
    async function* (...call: unknown[]) {
      yield [operation, ...call] as never
      yield [operation, 'again'] as never
    }
  const member: Member = {
    id: 'm',
    kind: 'all',
    replica: 'memory:',
    continue: many('continue'),
    continueText: many('continueText'),
    list: once('list'),
    listText: once('listText'),
    bytes: many('bytes'),
    score: once('score'),
    query: once('query'),
    listAt: once('listAt'),
    chat: once('chat'),
    answer: once('answer'),
    tokenize: once('tokenize'),
    probe: once('probe'),
    close: async () => {},
  }
  return Object.fromEntries(Object.entries(member).filter(([key]) => !without.includes(key as keyof Member))) as never
}

/** Goes to `inner` as it is, under the signal `to`. */
function through(inner: Member, to: AbortSignal, told: (call: Call<unknown>) => void = () => {}): Around {
  const on = <T>(call: Call<T>): T => {
    told(call)
    return call.on(inner, to)
  }
  return { once: on, stream: on }
}

test('every operation is called as it was, under the signal that the decorator gives, and answers as it did', async () => {
  const other = new AbortController().signal
  const seen: string[] = []
  const inner = everything()
  const around = through(inner, other, ({ operation, signal }) => {
    expect(signal).toBe(given)
    seen.push(operation)
  })
  const member = decorated(inner, around)
  const options = { maxTokens: 1, topK: 2, signal: given }
  const sent = { maxTokens: 1, topK: 2, signal: other }
  const context = { text: 'a' }
  expect(await all(member.continue(context, options))).toEqual([
    ['continue', context, sent],
    ['continue', 'again'],
  ])
  expect(await all(member.continueText!('a', options))).toContainEqual(['continueText', 'a', sent])
  const query = { topK: 2, signal: given }
  expect(await member.list!(context, query)).toEqual(['list', context, { topK: 2, signal: other }])
  expect(await member.listText!('a', query)).toEqual(['listText', 'a', { topK: 2, signal: other }])
  expect(await all(member.bytes!('r' as never, options))).toContainEqual(['bytes', 'r', sent])
  expect(await member.score!(context, Int32Array.of(1), options)).toEqual(['score', context, Int32Array.of(1), sent])
  expect(await member.query!([context], options)).toEqual(['query', [context], sent])
  expect(await member.listAt!(0.5, context, options)).toEqual(['listAt', 0.5, context, sent])
  expect(await member.chat!([], given)).toEqual(['chat', [], other])
  expect(await member.answer!('r' as never, { signal: given })).toEqual(['answer', 'r', { signal: other }])
  expect(await member.tokenize('a', given)).toEqual(['tokenize', 'a', other])
  expect(await member.probe(given)).toEqual(['probe', given])
  expect(seen).toEqual('continue continueText list listText bytes score query listAt chat answer tokenize'.split(' '))
})

test('what a member can not do, it can not do decorated', () => {
  const optional = ['continueText', 'list', 'listText', 'bytes', 'score', 'query', 'listAt', 'chat', 'answer'] as const
  for (const operation of optional) {
    const inner = everything([operation])
    const member = decorated(inner, through(inner, given))
    expect(optional.filter((one) => member[one] === undefined)).toEqual([operation])
  }
})

test('a stream that is left is left in the member', async () => {
  let left = false
  const inner: Member = {
    ...everything(),
    async *continue() {
      try {
        for (;;) yield 'step' as never
      } finally {
        left = true
      }
    },
  }
  async function* stream<T>({ on, signal }: Call<AsyncIterable<T>>) {
    yield* on(inner, signal)
  }
  const member = decorated(inner, { once: onceByStream(stream), stream })
  for await (const _ of member.continue({ text: '' }, { maxTokens: 9, topK: 1, signal: given })) break
  expect(left).toBe(true)
})

test('what is answered once goes by streams alone as it goes by itself', async () => {
  const inner = everything()
  const seen: string[] = []
  const around = through(inner, given, ({ operation }) => seen.push(operation))
  const member = decorated(inner, { ...around, once: onceByStream(around.stream) })
  expect(await member.chat!([], given)).toEqual(['chat', [], given])
  expect(await member.tokenize('a', given)).toEqual(['tokenize', 'a', given])
  expect(seen).toEqual(['chat', 'tokenize'])
})
