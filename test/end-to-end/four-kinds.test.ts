import { expect, onTestFinished, test } from 'vitest'
import { defineDirectory } from '../../src/compose/directory.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { defineVocabulary } from '../../src/core/lattice/vocabulary.ts'
import type { MemberState } from '../../src/ensemble/ensemble.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import { type Entry, entries } from '../conformance/entries.ts'
import { signal } from '../conformance/support.ts'
import { defineToyOf } from '../core/lattice/toy.ts'
import { runOptions } from '../ensemble/toy-member.ts'
import { type TwinModel, tinyModel, toyModel } from '../wire/kit/twin-model.ts'
import { bruteForceNext } from './brute-force.ts'

const encoder = new TextEncoder()
/** No tokenizer of the test has a longer token that begins so, but the worker's. */
const prompt = ' '

/** A toy of a vocabulary of its own, whose contexts begin with a token without text. */
function toyOf(texts: readonly string[], seed: number, { textAlone = false } = {}): TwinModel {
  const bytes = ['', '', ...texts].map((text) => encoder.encode(text))
  const vocabulary = defineVocabulary({ bytes, end: [0], control: [1] })
  const toy = defineToyOf(vocabulary, seed, 4)
  const seen = (context: readonly number[]) => (textAlone ? context.flatMap((id) => [...bytes[id]!]) : context)
  const probabilities = (context: readonly number[]) => toy.probabilities(seen(context))
  return toyModel({ ...toy, probabilities }, { beginning: 1 })
}

/** Kind → the model that its server serves. */
const served: Readonly<Record<string, () => TwinModel | Promise<TwinModel>>> = {
  onnx: () => tinyModel(),
  llamacpp: () => toyOf(['a', 'b', ' ', 'ab', 'ba ', 'bb', 'a b'], 3),
  vllm: () => toyOf(['a', 'b', ' ', 'aa', 'b a', 'ba'], 8),
  // Its lists have five entries at most, and its contexts are text: five tokens, and a model that goes by the text.
  tgi: () => toyOf(['a', 'b', ' '], 2, { textAlone: true }),
}

async function startMember(entry: Entry): Promise<{ model: TwinModel; state: MemberState }> {
  const model = await served[entry.kind]!()
  const subject = await entry.start(model)
  const member = { ...subject.define(), id: entry.kind }
  onTestFinished(async () => {
    await member.close()
    await subject.close()
  })
  const probe = await member.probe(signal)
  return { model, state: { member, probe: () => probe, down: () => null } }
}

test('a completion of an ONNX worker, llama.cpp, vLLM and TGI, four tokenizers, is the one that enumeration gives', async () => {
  const kinds = entries.filter(({ kind }) => kind in served)
  expect(kinds.map(({ kind }) => kind)).toEqual(Object.keys(served))
  const members = await Promise.all(kinds.map(startMember))
  const file = {
    members: Object.fromEntries(kinds.map(({ kind }) => [kind, { kind: 'onnx', url: 'http://127.0.0.1' }])),
    ensembles: {
      four: { members: kinds.map(({ kind }) => ({ id: kind })), granularity: 'byte', tau: 0, lead: 'llamacpp' },
    },
  }
  const { ensembles } = parseConfig(JSON.stringify(file), { file: 'x.yaml', folder: '/', env: {} })
  const directory = defineDirectory(ensembles, new Map(members.map(({ state }) => [state.member.id, state])))
  const asked = { model: 'four', prompt, maxTokens: 6, temperature: 0, stop: [], diagnostics: 'steps' } as const
  const decided = []
  for await (const event of generate(planCompletion(directory, asked, 1), runOptions())) {
    if (event.kind === 'segment') decided.push(...event.steps)
    else expect(event.diagnosis).toMatchObject({ degraded: false, certified_steps: decided.length })
  }
  expect(decided.length).toBeGreaterThanOrEqual(6)

  const text = [...encoder.encode(prompt)]
  for (const { symbol, surprisal, members: shares } of decided) {
    const own = await Promise.all(members.map(({ model }) => bruteForceNext(model, Uint8Array.from(text))))
    const fused = own[0]!.map((_, x) => own.reduce((sum, one) => sum + one[x]!, 0) / own.length)
    const chosen = symbol === 'end' ? 256 : symbol
    expect(fused.indexOf(Math.max(...fused))).toBe(chosen)
    expect(2 ** -surprisal!).toBeCloseTo(fused[chosen]!, 5)
    for (const [i, { probability }] of shares.entries()) expect(probability).toBeCloseTo(own[i]![chosen]!, 5)
    if (symbol !== 'end') text.push(symbol)
  }
})
