import { TuttiError } from '../../errors.ts'

/**
 * What a member reports after a context: its listed tokens and the mass that the list hides.
 *
 * `ids` and `logProbs` run in parallel (natural logarithms, at most 0, each id once). `unlisted` is 1 − Σ exp(logProbs),
 * at least 0. `smallest` is the least probability of the true top-k, which bounds every unlisted token; it is 0
 * when the list is the whole vocabulary.
 */
export interface TokenDistribution {
  readonly ids: Int32Array
  readonly logProbs: Float64Array
  readonly unlisted: number
  readonly smallest: number
  readonly vocabularySize: number
}

export interface ListedTokens {
  readonly ids: ArrayLike<number>
  /** Natural log-probabilities, parallel to `ids`. Servers write −9999, −1000, −3.4e38, −Infinity or NaN for "not listed". */
  readonly logProbs: ArrayLike<number>
  readonly vocabularySize: number
  /** How many of the entries, from the first, are the true top-k; a sampled token may be appended behind them. */
  readonly topK: number
}

/** Below this a server means "not listed" (vLLM −9999, others −1000 or the least float32). */
const notListedBelow = -999

/** Float32 softmax may report a log-probability of up to about 1e-6 for a certain token. */
const roundingAboveZero = 1e-5

/**
 * Makes a checked distribution from what a server listed. Entries of one id merge (their probabilities are equal, the
 * first is kept).
 *
 * @throws TuttiError `invalid_distribution` for an id outside the vocabulary, a positive log-probability, or an empty
 *   list; `filtered_list` when fewer than `topK` tokens come back though the vocabulary has more: then the server has
 *   cut the list by top-p or the like, and what it hides is not bounded by the smallest entry.
 */
export function fromListedTokens(listed: ListedTokens): TokenDistribution {
  const { vocabularySize } = listed
  const expected = Math.min(listed.topK, vocabularySize)
  const seen = new Set<number>()
  const ids = new Int32Array(listed.ids.length)
  const logProbs = new Float64Array(listed.ids.length)
  let count = 0
  let sum = 0
  let smallest = Number.POSITIVE_INFINITY
  for (let i = 0; i < listed.ids.length; i++) {
    const id = listed.ids[i] as number
    const logProb = listed.logProbs[i] as number
    if (!Number.isInteger(id) || id < 0 || id >= vocabularySize) {
      throw new TuttiError(
        'invalid_distribution',
        `token id ${id} is outside the vocabulary of ${vocabularySize} tokens`,
      )
    }
    if (logProb > roundingAboveZero) {
      throw new TuttiError('invalid_distribution', `log-probability ${logProb} of token ${id} is above 0`)
    }
    // Also false for NaN, which some servers send for −Infinity.
    if (!(logProb > notListedBelow) || seen.has(id)) continue
    seen.add(id)
    const clamped = Math.min(logProb, 0)
    ids[count] = id
    logProbs[count] = clamped
    count++
    const probability = Math.exp(clamped)
    sum += probability
    if (i < listed.topK) smallest = Math.min(smallest, probability)
  }
  if (count === 0) throw new TuttiError('invalid_distribution', 'the list of tokens is empty')
  if (listed.ids.length < expected) {
    throw new TuttiError(
      'filtered_list',
      `the server listed ${listed.ids.length} tokens where ${expected} were asked for: it filters (top-p, min-p or top-k is on)`,
    )
  }
  const complete = count === vocabularySize
  return {
    ids: ids.subarray(0, count),
    logProbs: logProbs.subarray(0, count),
    unlisted: complete ? 0 : Math.max(0, 1 - sum),
    smallest: complete ? 0 : smallest,
    vocabularySize,
  }
}
