import { loadTokenizer } from '../../src/tokenizer/load-tokenizer.ts'
import { defineToyOf } from '../core/lattice/toy.ts'
import { type TwinModel, toyModel } from '../wire/kit/twin-model.ts'
import { modelDir } from '../worker/support.ts'

/** Folder of the tokenizer that all twins of the suite have. */
export const tokenizerDir = modelDir('tiny-gpt')

const tokenizer = loadTokenizer(tokenizerDir)
/** What begins a context, and ends a text. */
const [border = 0] = tokenizer.vocabulary.end
const round = 'abcdefghij'

/**
 * A model that goes round the first letters of the alphabet whatever came before, half of its mass on the next one. So every ensemble of
 * such models writes the same text, whoever of them is there, and only the probabilities tell them apart.
 */
export function roundModel(seed: number, name = 'round'): TwinModel {
  const toy = defineToyOf(tokenizer.vocabulary, seed)
  const { bytes } = tokenizer.vocabulary
  const known = new Map<string, number[]>()
  const probabilities = (context: readonly number[]): number[] => {
    // Of the last tokens alone, so that what is remembered stays small.
    const end = context.slice(-3)
    const key = end.join()
    const last = end.findLast((id) => id !== border)
    const letter = String.fromCharCode(bytes[last ?? border]?.at(-1) ?? 0)
    const next = round.charCodeAt((round.indexOf(letter) + 1) % round.length)
    const own = known.get(key) ?? toy.probabilities(end).map((p, id) => (id === next ? 0.5 : 0) + p / 2)
    known.set(key, own)
    return own
  }
  const encode = (text: string) => [...tokenizer.encode(text)].filter((id) => id !== border)
  const logs = new Map<number[], Float64Array>()
  return {
    ...toyModel({ ...toy, probabilities }, { name, beginning: border, contextLength: 400, tokenizer, encode }),
    async logProbs(context) {
      const own = probabilities(context)
      const found = logs.get(own) ?? Float64Array.from(own, Math.log)
      logs.set(own, found)
      return found
    },
  }
}
