import { uniform } from '../../../src/core/decode/noise.ts'
import { loadTokenizer } from '../../../src/tokenizer/load-tokenizer.ts'
import type { TwinModel } from '../../wire/kit/twin-model.ts'
import { modelDir } from '../../worker/support.ts'

/** The tokenizer of the models here: all bytes and some thirty longer tokens. */
export const tokenizerFolder = modelDir('tiny-gpt')

/** Mean of the nats between the likeliest token and the next, and the most that two models differ by on one. */
const sharpness = 4
const dispute = 0.5

/** A model that goes by the last token alone, so that it costs its server nothing; all seeds like nearly the same tokens. */
export function bigrams(seed: number): TwinModel {
  const tokenizer = loadTokenizer(tokenizerFolder)
  const { vocabulary } = tokenizer
  const memory = new Map<number, Float64Array>()
  const weigh = (last: number, id: number): number => {
    const bytes = vocabulary.bytes[id] ?? new Uint8Array(0)
    // Neither ends nor characters of several bytes: the text is to go on to its length.
    if (bytes.length === 0 || bytes.some((byte) => byte < 0x20 || byte > 0x7e)) return -40
    // Gumbel noise: the distance of its two greatest values is its scale, however many there are.
    return -sharpness * Math.log(-Math.log(uniform(1, last, id))) + dispute * uniform(2 + seed, last, id)
  }
  return {
    name: 'bigrams',
    vocabulary,
    beginning: null,
    contextLength: 4096,
    tokenizer,
    async logProbs(context) {
      const last = context.at(-1) ?? 0
      const before = memory.get(last)
      if (before !== undefined) return before
      const weights = Float64Array.from({ length: vocabulary.size }, (_, id) => weigh(last, id))
      const most = Math.max(...weights)
      const sum = weights.reduce((total, weight) => total + Math.exp(weight - most), 0)
      const logProbs = weights.map((weight) => weight - most - Math.log(sum))
      memory.set(last, logProbs)
      return logProbs
    },
    encode: (text) => [...tokenizer.encode(text)],
  }
}
