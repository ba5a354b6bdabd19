import type { Vocabulary } from '../../../src/core/lattice/vocabulary.ts'
import { defineVocabulary } from '../../../src/core/lattice/vocabulary.ts'
import { type LoadedTokenizer, loadTokenizer } from '../../../src/tokenizer/load-tokenizer.ts'
import type { Toy } from '../../core/lattice/toy.ts'
import { loadReference } from '../../worker/reference.ts'
import { modelDir } from '../../worker/support.ts'

/** A model that a twin serves: any function from contexts to distributions. */
export interface TwinModel {
  readonly name: string
  readonly vocabulary: Vocabulary
  /** The token that a text context begins with, if there is one. */
  readonly beginning: number | null
  /** Most tokens of a context and its continuation. */
  readonly contextLength: number
  /** The same tokenizer as a file gives it, for adapters that need one. */
  readonly tokenizer: LoadedTokenizer
  /** Log-probability of every token, by id. No model goes on from nothing: an empty context is refused. */
  logProbs(context: readonly number[]): Promise<Float64Array>
  /** Ids of a text, without the beginning. */
  encode(text: string): number[]
}

/** A fixture of the worker's tests: the same weights and tokenizer that an ONNX worker serves. */
export async function tinyModel(name: 'tiny-gpt' = 'tiny-gpt'): Promise<TwinModel> {
  const folder = modelDir(name)
  const reference = await loadReference(name)
  const tokenizer = loadTokenizer(folder)
  return {
    name,
    vocabulary: tokenizer.vocabulary,
    beginning: 286,
    contextLength: 128,
    tokenizer,
    logProbs: async (context) => reference.logProbs(somethingOf(context)),
    encode: (text) => [...tokenizer.encode(text)].slice(1),
  }
}

function somethingOf(context: readonly number[]): readonly number[] {
  if (context.length === 0) throw new Error('holds no token')
  return context
}

/** An enumerable toy, which needs no weights. */
export function toyModel(toy: Toy, options: Partial<TwinModel> = {}): TwinModel {
  const known = { vocabulary: toy.vocabulary, fingerprint: `toy of ${toy.vocabulary.size} tokens` }
  const encode = (text: string) => toy.tokenize(new TextEncoder().encode(text))
  const named = new Map([...toy.vocabulary.end].map((end) => ['<|endoftext|>', end]))
  return {
    name: 'toy',
    vocabulary: toy.vocabulary,
    beginning: null,
    contextLength: 1_000,
    tokenizer: { ...known, named, sized: () => known, encode: (text) => Int32Array.from(encode(text)) },
    logProbs: async (context) => Float64Array.from(toy.probabilities(somethingOf(context)), Math.log),
    encode,
    ...options,
  }
}

/** The model made to go a given way after any context of `start` tokens: what a test of ends and broken characters needs. */
export function scripted(model: TwinModel, start: number, path: readonly number[]): TwinModel {
  return {
    ...model,
    async logProbs(context) {
      const own = await model.logProbs(context)
      const chosen = path[context.length - start]
      if (chosen === undefined) return own
      // Half of all mass on the chosen token, the rest as it was.
      return own.map((logProb, id) =>
        id === chosen ? Math.log(0.5 + 0.5 * Math.exp(logProb)) : logProb + Math.log(0.5),
      )
    },
  }
}

/** A vocabulary of all bytes, a few longer tokens and an end: enough for any text. */
export function smallVocabulary(words: readonly string[] = []): Vocabulary {
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
  const longer = words.map((word) => new TextEncoder().encode(word))
  return defineVocabulary({ bytes: [...bytes, ...longer, new Uint8Array(0)], end: [256 + words.length], control: [] })
}

export interface Ranked {
  readonly id: number
  readonly logProb: number
}

/** Of distributions that a model has given before: those of a quick one come again and again. */
const known = new WeakMap<Float64Array, readonly Ranked[]>()

/** All tokens, likeliest first; of equals the least id. */
export async function ranked(model: TwinModel, context: readonly number[]): Promise<readonly Ranked[]> {
  const logProbs = await model.logProbs(context)
  const before = known.get(logProbs)
  if (before !== undefined) return before
  const list = Array.from(logProbs, (logProb, id) => ({ id, logProb }))
  list.sort((a, b) => b.logProb - a.logProb || a.id - b.id)
  known.set(logProbs, list)
  return list
}
