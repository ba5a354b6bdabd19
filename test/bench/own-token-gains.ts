import { byteProbabilities } from './byte-probabilities.ts'
import { domains, heldOut } from './held-out.ts'
import { startShippedModels } from './shipped-models.ts'

export const sentenceCount = 200
const sentencesAtOnce = 12

/** 200 sentences of 30 to 90 characters, evenly out of the held-out speeches and novels. */
export function sentences(): string[] {
  const found = domains
    .slice(0, 2)
    .flatMap((domain) =>
      heldOut(domain, 'test', 200_000).flatMap(({ text }) =>
        text.split(/(?<=[.;:!?]) /).filter(({ length }) => length >= 30 && length <= 90),
      ),
    )
  return found.filter((_, index) => index % Math.floor(found.length / sentenceCount) === 0).slice(0, sentenceCount)
}

export interface Gains {
  /** Bits per byte by which each text is likelier over bytes than by the model's own tokenization alone, ascending. */
  readonly each: readonly number[]
  readonly mean: number
  readonly listsPerByte: number
}

/** What the byte lattice of bpe2k-gpt gives texts beyond the probability of their own tokenization. */
export async function ownTokenGains(texts: readonly string[], tau: number): Promise<Gains> {
  const running = await startShippedModels(['bpe2k-gpt'])
  const gains: number[] = []
  let lists = 0
  let bytes = 0
  const queue = [...texts]
  const lane = async () => {
    for (let text = queue.shift(); text !== undefined; text = queue.shift()) {
      const [source] = running.sources()
      const { logProbs } = await source!.alongOwnTokens(text)
      const ownBits = -logProbs.reduce((sum, logProb) => sum + logProb, 0) / Math.LN2
      const { probabilities, queries } = await byteProbabilities(source!, text, tau)
      const bits = probabilities.reduce((sum, p) => sum - Math.log2(p), 0)
      gains.push((ownBits - bits) / probabilities.length)
      lists += queries
      bytes += probabilities.length
    }
  }
  await Promise.all(Array.from({ length: sentencesAtOnce }, lane))
  await running.close()
  gains.sort((a, b) => a - b)
  return {
    each: gains,
    mean: gains.reduce((sum, gain) => sum + gain, 0) / gains.length,
    listsPerByte: lists / bytes,
  }
}
