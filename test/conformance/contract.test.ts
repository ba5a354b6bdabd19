import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ServerUsage } from '../../src/members/member.ts'
import { failure } from '../members/support.ts'
import { scripted, type TwinModel, tinyModel } from '../wire/kit/twin-model.ts'
import { until } from '../worker/support.ts'
import { type Operation, operations } from './entries.ts'
import { entries, scriptable } from './subjects.ts'
import {
  all,
  contextOf,
  distance,
  foreignText,
  met,
  seen,
  signal,
  smallModel,
  started,
  steps,
  textOf,
} from './support.ts'

/** Servers round to float32. */
const rounding = 1e-3

describe.each(entries)('$kind', (entry) => {
  const precision = entry.precision ?? rounding
  const { lossy = false } = entry
  /** What the server serves. */
  let tiny: TwinModel
  let front: number[]
  /** The model's own tokens of a text, so that a server that is sent the text sees the same. */
  let start: number[]
  beforeAll(async () => {
    tiny = await (entry.reference ?? tinyModel)()
    front = tiny.beginning === null ? [] : [tiny.beginning]
    start = [...front, ...tiny.encode('the')]
  })

  /** A test of an operation that not every protocol has. */
  function offering(operation: Operation) {
    return (title: string, run: () => Promise<void>) => {
      if (entry.offers.includes(operation)) test(title, run)
    }
  }

  test('the member has the operations that its protocol has, and no others', async () => {
    const { member } = await started(entry, tiny)
    for (const operation of operations) expect(member[operation] !== undefined).toBe(entry.offers.includes(operation))
  })

  test('the vocabulary has the exact bytes, the end and the fingerprint of the model', async () => {
    const { member } = await started(entry, tiny)
    const { vocabulary, capabilities, model } = await member.probe(signal)
    expect(model).toBe(tiny.name)
    expect(vocabulary!.bytes.map((bytes) => [...bytes])).toEqual(tiny.vocabulary.bytes.map((bytes) => [...bytes]))
    expect([...vocabulary!.end]).toEqual([...tiny.vocabulary.end])
    expect(capabilities).toMatchObject({
      vocabularyFingerprint: tiny.tokenizer.fingerprint,
      maxTopK: entry.maxTopK(tiny.vocabulary.size),
      contextLength: tiny.contextLength - entry.room,
      basis: 'raw',
    })
  })

  test('lists are those of the model after the same ids, short or as long as can be', async () => {
    const { member } = await started(entry, tiny)
    for (const topK of [1, 5, 9_999]) {
      const [step] = await steps(member, start, 1, topK)
      // A sampled token may stand beside the likeliest.
      const more = step!.distribution.ids.length - Math.min(topK, entry.maxTopK(tiny.vocabulary.size))
      if (!lossy) expect([0, 1]).toContain(more)
      expect(await distance(step!, tiny, start, lossy)).toBeLessThan(precision)
      expect(step!.distribution.ids).toContain(step!.token)
    }
  })

  test("the path is the model's greedy one, each step with its list", async () => {
    const { member } = await started(entry, tiny)
    const tokens = [...start]
    for (const step of await steps(member, start, 24, 8)) {
      expect(await distance(step, tiny, tokens, lossy)).toBeLessThan(precision)
      expect(step.token).toBe(step.distribution.ids[0])
      tokens.push(step.token)
    }
    expect(lossy || tokens.length === start.length + 24 || tiny.vocabulary.end.has(tokens.at(-1)!)).toBe(true)
  })

  test('a text becomes the tokens that the model expects, of any characters', async () => {
    const { member } = await started(entry, tiny)
    const text = foreignText
    const tokens = [...(await member.tokenize(text, signal))]
    expect(tokens).toEqual([...front, ...tiny.encode(text)])
    expect(Buffer.concat(tokens.map((token) => tiny.vocabulary.bytes[token]!)).toString()).toBe(text)
  })

  test('a text and its tokens are one context', async () => {
    const { member } = await started(entry, tiny)
    const [fromText] = await all(member.continue({ text: 'the state' }, { maxTokens: 1, topK: 5, signal }))
    expect(await distance(fromText!, tiny, [...front, ...tiny.encode('the state')], lossy)).toBeLessThan(precision)
  })

  test('a list alone is the first of the path, and counted like it', async () => {
    const { member } = await started(entry, tiny)
    if (member.list === undefined) return expect(member.listText).toBeUndefined()
    const context = await contextOf(member, start)
    const told: ServerUsage[] = []
    const options = { topK: 5, signal, onUsage: (usage: ServerUsage) => told.push(usage) }
    const [first] = await all(member.continue(context, { ...options, maxTokens: 1 }))
    expect(await member.list(context, options)).toEqual(first!.distribution)
    expect(told[1]).toEqual(told[0])
  })

  test('the server counts the tokens of a context as we do, or says nothing of them', async () => {
    const { member } = await started(entry, tiny)
    const context = await contextOf(member, start)
    const told: ServerUsage[] = []
    const onUsage = (usage: ServerUsage) => told.push(usage)
    const { length } = await seen(member, tiny, start)
    for (const maxTokens of [1, 5]) await all(member.continue(context, { maxTokens, topK: 5, signal, onUsage }))
    if (entry.uncounted === true) return expect(told).toEqual([])
    expect(told[0]).toMatchObject({ promptTokens: length })
    // A path that goes on by several calls tells of longer contexts, and nothing of those that it leaves.
    for (const { promptTokens, cachedTokens } of told) {
      expect(promptTokens).toBeGreaterThanOrEqual(length)
      expect(cachedTokens ?? 0).toBeLessThanOrEqual(promptTokens)
    }
    if (member.query === undefined || 'text' in context) return
    told.length = 0
    await member.query([context, { tokens: context.tokens.subarray(0, 1) }], { topK: 5, signal, onUsage })
    expect(told).toMatchObject([{ promptTokens: length + 1 }])
  })

  offering('query')('several contexts in one call have their lists in order', async () => {
    const { member } = await started(entry, tiny)
    const contexts = [start, start.slice(0, 1), [...start, 32, 112], [5, 250]]
    const lists = await member.query!(
      contexts.map((tokens) => ({ tokens: Int32Array.from(tokens) })),
      { topK: 5, signal },
    )
    for (const [i, distribution] of lists.entries()) {
      expect(await distance({ distribution }, tiny, contexts[i]!, lossy)).toBeLessThan(precision)
    }
    expect(await member.query!([{ tokens: Int32Array.from(start) }], { topK: 5, signal })).toHaveLength(1)
    expect(await member.query!([], { topK: 5, signal })).toEqual([])
  })

  offering('score')('scores are the lists along the given tokens', async () => {
    const { member } = await started(entry, tiny)
    const given = [32, 112, 101, 200, 111]
    const scored = await member.score!({ tokens: Int32Array.from(start) }, Int32Array.from(given), { topK: 8, signal })
    expect(scored.map(({ token }) => token)).toEqual(given)
    for (const [i, step] of scored.entries()) {
      expect(await distance(step, tiny, [...start, ...given.slice(0, i)])).toBeLessThan(precision)
    }
  })

  offering('chat')(
    'a conversation ends where the next turn begins, a prefilled one at the end of the prefill',
    async () => {
      const { member } = await started(entry, tiny)
      const said = async (...messages: Parameters<NonNullable<typeof member.chat>>[0]) => {
        return textOf(await member.chat!(messages, signal), tiny)
      }
      const user = { role: 'user', content: 'Hi é' } as const
      const turn = await said(user)
      expect(turn).toMatch(/Hi é.+/s)
      expect(await said(user, { role: 'assistant', content: 'Once upon' })).toBe(`${turn}Once upon`)
    },
  )

  test('a context with no room left is context_length_exceeded, before or by the server', async () => {
    const { member } = await started(entry, tiny)
    const error = await failure(steps(member, new Array(tiny.contextLength + 1 - entry.room).fill(7), 1))
    expect(error).toMatchObject({ code: 'context_length_exceeded', member: 'm' })
  })

  test('a path ends where the context is full', async () => {
    const length = tiny.contextLength - 4
    const { member } = await started(entry, scripted(tiny, length, new Array(8).fill(97)))
    const context = [...front, ...new Array(length - front.length).fill(7)]
    expect(await seen(member, tiny, context)).toHaveLength(length)
    const taken = await steps(member, context, 100)
    expect(taken.length).toBeLessThanOrEqual(5)
    expect(taken.length).toBeGreaterThanOrEqual(1)
  })

  test('what several callers ask at once is answered to each', async () => {
    const { member } = await started(entry, tiny)
    const contexts = Array.from({ length: 12 }, (_, i) => [...start, 97 + i])
    const answers = await Promise.all(contexts.map((tokens) => steps(member, tokens, 3, 5)))
    for (const [i, taken] of answers.entries())
      expect(await distance(taken[0]!, tiny, await seen(member, tiny, contexts[i]!), lossy)).toBeLessThan(precision)
  })

  test('an aborted call ends within 50 ms with the reason, and the server sees it', async () => {
    const { member, subject } = await started(
      entry,
      scripted(tiny, start.length, new Array(120).fill(97)),
      {},
      { latency: { perTokenMs: 20, firstTokenMs: 200 } },
    )
    const controller = new AbortController()
    const context = await contextOf(member, start)
    const path = member.continue(context, { maxTokens: 120, topK: 3, signal: controller.signal })
    const stream = path[Symbol.asyncIterator]()
    await stream.next()
    const left = subject.twin?.left ?? 0
    const failing = failure(drained(stream))
    // A member of one call a token must be in the middle of one; a stream of the worker could be at its end by then.
    if (entry.streams === false) await sleep(60)
    const aborted = performance.now()
    controller.abort()
    const error = await failing
    expect(error).toMatchObject({ code: 'client_closed', member: 'm' })
    expect(performance.now() - aborted).toBeLessThan(50)
    if (subject.twin !== null) await until(() => subject.twin!.left > left, 1_000)
  })
})

describe.each(scriptable)('$kind, whatever the model does', (entry) => {
  const model = smallModel()
  const end = model.vocabulary.size - 1
  const emoji = [...Buffer.from('😀')]
  const exact = entry.lossy === undefined ? test : undefined

  test('the end comes as a token with its list, and nothing after it', async () => {
    for (const path of [[end], [97, 98, end]]) {
      const { member } = await started(entry, scripted(model, 1, path))
      const taken = await steps(member, [100], 10, 5)
      expect(taken.map(({ token }) => token)).toEqual(path)
      expect([...taken.at(-1)!.distribution.ids]).toContain(end)
    }
  })

  exact?.('tokens that leave a character unfinished are steps like others', async () => {
    const path = [97, ...emoji, 98, 0xc3, 0xa9, 0xc3]
    const script = scripted(model, 1, path)
    const { member } = await started(entry, script)
    const taken = await steps(member, [100], path.length, 6)
    expect(taken.map(({ token }) => token)).toEqual(path)
    for (const [i, step] of taken.entries()) {
      expect(await distance(step, script, [100, ...path.slice(0, i)])).toBeLessThan(rounding)
    }
  })

  if (entry.takesTokens) {
    exact?.('a context that ends inside a character is one like others', async () => {
      const script = scripted(model, 3, [emoji[2]!, emoji[3]!, 97])
      const { member } = await started(entry, script)
      const context = [100, emoji[0]!, emoji[1]!]
      expect((await steps(member, context, 3, 6)).map(({ token }) => token)).toEqual([emoji[2], emoji[3], 97])
      const [list] = await member.query!([{ tokens: Int32Array.from(context) }], { topK: 6, signal })
      expect(await distance({ distribution: list! }, script, context)).toBeLessThan(rounding)
    })
  }

  test('a model that is not served is refused by name', async () => {
    const { member } = await started(entry, model, { model: 'nope' })
    const error = await failure(member.probe(signal))
    expect(error).toMatchObject({ code: 'member_rejected', member: 'm' })
    expect(error.message).toContain('nope')
    const { member: named } = await started(entry, model, { model: 'toy' })
    expect((await named.probe(signal)).model).toBe('toy')
  })

  test('the key goes with every call', async () => {
    const { member } = await started(entry, scripted(model, 1, [97, 98]), { apiKey: 'secret' }, { apiKey: 'secret' })
    expect(await steps(member, [100], 2)).toHaveLength(2)
    const { member: without } = await started(entry, model, {}, { apiKey: 'secret' })
    expect(await failure(without.probe(signal))).toMatchObject({ code: 'member_rejected' })
  })

  test('a probe of a server that is known asks it no more than it must', async () => {
    const { member, twin } = await met(entry, model)
    const before = twin.calls.length
    await member.probe(signal)
    expect(twin.calls.length - before).toBeLessThanOrEqual(3)
  })
})

async function drained<T>(stream: AsyncIterator<T>): Promise<void> {
  while (!(await stream.next()).done);
}
