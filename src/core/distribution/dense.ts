import { fromListedTokens, type TokenDistribution } from './token-distribution.ts'

/**
 * The distribution of a list that holds the whole vocabulary in order of ids: what `fromListedTokens` makes of it, without
 * a set per call. Nothing is unlisted.
 *
 * @param ids 0 … size − 1, shared by all calls of one vocabulary.
 * @throws TuttiError as `fromListedTokens`.
 */
export function fromDense(logProbs: ArrayLike<number>, ids: Int32Array): TokenDistribution {
  const vocabularySize = ids.length
  const copy = new Float64Array(vocabularySize)
  for (let id = 0; id < vocabularySize; id++) {
    const logProb = logProbs[id] as number
    // Rounding above 0, "not listed" marks, a list too short: one place knows what to do with them.
    if (!(logProb <= 0 && logProb > -999))
      return fromListedTokens({ ids, logProbs, vocabularySize, topK: vocabularySize })
    copy[id] = logProb
  }
  return { ids, logProbs: copy, unlisted: 0, smallest: 0, vocabularySize }
}
