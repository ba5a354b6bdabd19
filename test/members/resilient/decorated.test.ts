import { expect, test } from 'vitest'
import type { Member } from '../../../src/members/member.ts'
import { type Call, decorated } from '../../../src/members/resilient/decorated.ts'
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

test('every operation is called as it was, under the signal that the decorator gives, and answers as it did', async () => {
  const other = new AbortController().signal
  const seen: string[] = []
  const inner = everything()
  const member = decorated(inner, <T>({ operation, signal, on }: Call<T>) => {
    expect(signal).toBe(given)
    seen.push(operation)
    return on(inner, other)
  })
  const options = { maxTokens: 1, topK: 2, signal: given }
  const sent = { maxTokens: 1, topK: 2, signal: other }
  const context = { text: 'a' }
  expect(await all(member.continue(context, options))).toEqual([
    ['continue', context, sent],
    ['continue', 'again'],
  ])
  expect(await all(member.continueText!('a', options))).toContainEqual(['continueText', 'a', sent])
  expect(await all(member.bytes!('r' as never, options))).toContainEqual(['bytes', 'r', sent])
  expect(await member.score!(context, Int32Array.of(1), options)).toEqual(['score', context, Int32Array.of(1), sent])
  expect(await member.query!([context], options)).toEqual(['query', [context], sent])
  expect(await member.listAt!(0.5, context, options)).toEqual(['listAt', 0.5, context, sent])
  expect(await member.chat!([], given)).toEqual(['chat', [], other])
  expect(await member.answer!('r' as never, { signal: given })).toEqual(['answer', 'r', { signal: other }])
  expect(await member.tokenize('a', given)).toEqual(['tokenize', 'a', other])
  expect(await member.probe(given)).toEqual(['probe', given])
  expect(seen).toEqual('continue continueText bytes score query listAt chat answer tokenize'.split(' '))
})

test('what a member can not do, it can not do decorated', () => {
  const optional = ['continueText', 'bytes', 'score', 'query', 'listAt', 'chat', 'answer'] as const
  for (const operation of optional) {
    const inner = everything([operation])
    const member = decorated(inner, <T>({ on, signal }: Call<T>) => on(inner, signal))
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
  async function* around<T>({ on, signal }: Call<T>) {
    yield* on(inner, signal)
  }
  for await (const _ of decorated(inner, around).continue({ text: '' }, { maxTokens: 9, topK: 1, signal: given })) break
  expect(left).toBe(true)
})
