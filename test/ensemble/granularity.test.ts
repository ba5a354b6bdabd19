import { describe, expect, test } from 'vitest'
import type { PenaltyOptions } from '../../src/core/decode/penalties.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { granularityOf } from '../../src/ensemble/granularity.ts'
import { planCompletion, planPredict } from '../../src/ensemble/plan.ts'
import { predict } from '../../src/ensemble/predict.ts'
import { defineToy } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const bytes = ['', 'a', 'b', ' ', 'ab', ' a', 'é'].map((text) => new TextEncoder().encode(text))
const alike = [1, 2].map((seed) => defineToy(bytes, { ends: 1, controls: 0, seed, sharpness: 4 }))
const members = (fingerprints: readonly (string | null)[]) =>
  fingerprints.map((fingerprint, index) => new ToyMember(`m${index}`, alike[index]!, { fingerprint }))

async function resolved(fingerprints: readonly (string | null)[], granularity: 'auto' | 'byte' | 'token') {
  const directory = await directoryOf(members(fingerprints), { granularity })
  return granularityOf(directory.ensembles.get('toys')!, directory.state)
}

describe('granularity', () => {
  test('auto is token where all vocabularies are known to be one, else byte', async () => {
    expect(await resolved(['x', 'x'], 'auto')).toBe('token')
    expect(await resolved(['x', 'y'], 'auto')).toBe('byte')
    expect(await resolved([null, null], 'auto')).toBe('byte')
    expect(await resolved(['x', 'x'], 'byte')).toBe('byte')
  })

  test('token where vocabularies differ is refused by the path of the configuration', async () => {
    await expect(resolved(['x', 'y'], 'token')).rejects.toMatchObject({
      code: 'invalid_config',
      param: 'ensembles.toys.granularity',
      message: expect.stringContaining('"m1" has not the vocabulary of "m0"'),
    })
  })

  test('token pooling is the weighted sum of the members’ token distributions', async () => {
    const directory = await directoryOf(members(['x', 'x']), { granularity: 'auto' })
    const request = { model: 'toys', prompt: 'ab', top: 10, words: 2, diagnostics: 'summary' as const }
    const { symbols, words, diagnosis } = await predict(planPredict(directory, request), runOptions())
    expect(diagnosis?.granularity).toBe('token')
    expect(words).toEqual([])
    const context = alike[0]!.tokenize(new TextEncoder().encode('ab'))
    const own = alike.map((toy) => toy.probabilities(context))
    for (const { symbol, text, probability } of symbols) {
      const id = symbol === 'end' ? 0 : symbol
      expect(probability).toBeCloseTo((own[0]![id]! + own[1]![id]!) / 2, 12)
      expect(text).toBe(symbol === 'end' ? null : new TextDecoder().decode(bytes[id]))
    }
    expect(symbols.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12)
  })

  test('a text generated in tokens has one segment and one list of every member a token', async () => {
    const directory = await directoryOf(members(['x', 'x']), { granularity: 'auto', decoding: 'stepwise' })
    const request = {
      model: 'toys',
      prompt: 'ab',
      maxTokens: 9,
      temperature: 1,
      stop: [],
      diagnostics: 'steps' as const,
    }
    for (let seed = 0; seed < 5; seed++) {
      let text = ''
      let segments = 0
      for await (const event of generate(planCompletion(directory, request, seed), runOptions())) {
        if (event.kind === 'segment') {
          text += event.text
          if (event.text.length > 0) segments++
          continue
        }
        const { steps, members: reports } = event.diagnosis!
        expect(event.usage.completionTokens).toBe(segments)
        expect(steps).toBe(event.reason === 'stop' ? segments + 1 : segments)
        for (const { calls, bits_per_byte } of reports) {
          expect(calls).toBe(steps)
          expect(bits_per_byte === null || Number.isFinite(bits_per_byte)).toBe(true)
        }
      }
      expect(text).toMatch(/^[ab é]*$/)
    }
  })

  test('max_tokens bounds the steps where characters take four tokens each, and where tokens have no bytes', async () => {
    const parts = ['', 'a', ...new TextEncoder().encode('😀')].map((part) =>
      typeof part === 'string' ? new TextEncoder().encode(part) : Uint8Array.of(part),
    )
    const toy = defineToy(parts, { ends: 1, controls: 0, seed: 1, sharpness: 1 })
    const after = (context: readonly number[]) =>
      (context.at(-1) as number) + 1 <= 5 ? (context.at(-1) as number) + 1 : 2
    const emoji = {
      ...toy,
      probabilities: (context: readonly number[]) => parts.map((_, id) => (id === after(context) ? 0.9 : 0.02)),
    }
    const nothing = { ...toy.vocabulary, bytes: parts.map((own, id) => (id === 1 ? new Uint8Array(0) : own)) }
    const empty = { ...toy, vocabulary: nothing, probabilities: () => parts.map((_, id) => (id === 1 ? 0.9 : 0.02)) }
    const run = async (one: typeof toy) => {
      const directory = await directoryOf([new ToyMember('m', one, { fingerprint: 'x' })], { granularity: 'token' })
      const ask = {
        model: 'toys',
        prompt: 'a',
        maxTokens: 3,
        temperature: 0,
        stop: [],
        diagnostics: 'summary' as const,
      }
      let text = ''
      for await (const event of generate(planCompletion(directory, ask, 1), runOptions())) {
        if (event.kind === 'finish') return { text, reason: event.reason, steps: event.diagnosis!.steps }
        if (event.kind === 'segment') text += event.text
      }
      throw new Error('no finish')
    }
    expect(await run(emoji)).toEqual({ text: '😀😀😀', reason: 'length', steps: 12 })
    expect(await run(empty)).toEqual({ text: '', reason: 'length', steps: 12 })
  })

  test('a banned token never comes, and a penalised one less often; in bytes both are refused by name', async () => {
    const ask = { model: 'toys', prompt: 'ab', maxTokens: 30, temperature: 1, stop: [], diagnostics: 'steps' as const }
    const none = new Map<number, number>()
    const tokensOf = async (penalties: PenaltyOptions) => {
      const directory = await directoryOf(members(['x', 'x']), { granularity: 'auto' })
      const symbols: (number | 'end')[] = []
      for (let seed = 0; seed < 10; seed++) {
        for await (const event of generate(planCompletion(directory, { ...ask, penalties }, seed), runOptions())) {
          if (event.kind === 'segment') symbols.push(...event.steps.map(({ symbol }) => symbol))
        }
      }
      return symbols
    }
    const free = await tokensOf({ frequency: 0, presence: 0, bias: none })
    expect(free).toContain(1)
    expect(await tokensOf({ frequency: 0, presence: 0, bias: new Map([[1, -100]]) })).not.toContain(1)
    const repeats = (symbols: readonly unknown[]) => symbols.length - new Set(symbols).size
    const penalised = await tokensOf({ frequency: 2, presence: 2, bias: none })
    expect(repeats(penalised) / penalised.length).toBeLessThan(repeats(free) / free.length)
    const bytewise = await directoryOf(members(['x', 'y']), { granularity: 'auto' })
    const refused = { ...ask, penalties: { frequency: 0, presence: 1, bias: none } }
    expect(() => planCompletion(bytewise, refused, 1)).toThrow(expect.objectContaining({ param: 'presence_penalty' }))
  })

  test('a bias of an end token is one of the end, in nats', async () => {
    const two = ['', '', '', 'a', 'b'].map((text) => new TextEncoder().encode(text))
    const toy = defineToy(two, { ends: 2, controls: 1, seed: 1, sharpness: 1 })
    const ending = { ...toy, probabilities: () => [0.4, 0.2, 0, 0.3, 0.1] }
    const directory = await directoryOf([new ToyMember('m', ending, { fingerprint: 'x' })], { granularity: 'token' })
    const plan = (bias: [number, number][]) => {
      const penalties = { frequency: 0, presence: 0, bias: new Map(bias) }
      const ask = { model: 'toys', prompt: 'a', maxTokens: 3, temperature: 0, stop: [], diagnostics: 'none' as const }
      return planCompletion(directory, { ...ask, penalties }, 1)
    }
    const reason = async (...bias: [number, number][]) => {
      for await (const event of generate(plan(bias), runOptions())) if (event.kind === 'finish') return event.reason
      throw new Error('no finish')
    }
    for (const end of [0, 1]) {
      expect(await reason([end, -100])).toBe('length')
      // The ends have .6 together, and "a" has .3.
      expect(await reason([end, -0.7])).toBe('length')
      expect(await reason([end, -0.69])).toBe('stop')
    }
    expect(await reason([0, -100], [1, -100])).toBe('length')
    expect(await reason([2, -100])).toBe('stop')
    const refused = (code: string) => expect.objectContaining({ code, param: 'logit_bias' })
    expect(() => plan([[2, 1]])).toThrow(refused('unsupported_parameter'))
    expect(() =>
      plan([
        [0, -100],
        [1, 1],
      ]),
    ).toThrow(refused('invalid_request'))
    expect(() => plan([[5, 1]])).toThrow(refused('unknown_token'))
  })

  test('a member alone has the granularity of its ensemble', async () => {
    const request = { model: 'toys/m0', prompt: 'ab', top: 3, words: 0, diagnostics: 'none' as const }
    for (const fingerprints of [
      ['x', 'y'],
      ['x', 'x'],
    ]) {
      const directory = await directoryOf(members(fingerprints), { granularity: 'auto' })
      expect(planPredict(directory, request).granularity).toBe(fingerprints[1] === 'x' ? 'token' : 'byte')
    }
  })
})
