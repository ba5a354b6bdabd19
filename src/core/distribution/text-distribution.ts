import { TuttiError } from '../../errors.ts'

/** One entry of a list without token ids. */
export interface ListedText {
  /** Bytes that the token adds to the text; null for an end of the text. */
  readonly bytes: Uint8Array | null
  /** Natural logarithm, at most 0 but for rounding. */
  readonly logProb: number
}

/**
 * What a member of unknown vocabulary reports after a text: the sibling of `TokenDistribution` for lists that name tokens by
 * their bytes. The vocabulary's size is unknown, so some mass is always taken to be unlisted.
 */
export interface TextDistribution {
  /** Tokens in lexicographic order of their bytes, each once. */
  readonly tokens: readonly Uint8Array[]
  /** Probabilities, parallel to `tokens`. */
  readonly probabilities: Float64Array
  /** Listed probability that the text ends here. */
  readonly end: number
  /** 1 − all that is listed, at least 0. */
  readonly unlisted: number
  /** The least probability of the true top-k, which bounds every unlisted token. */
  readonly smallest: number
}

const notListedBelow = -999
const roundingAboveZero = 1e-5

/**
 * Makes a checked distribution from what a server listed. Entries of equal bytes merge: the first is kept, for a server that
 * keys its list by text has already lost the others. An entry of no bytes that is not an end is no text: its mass stays
 * unlisted.
 *
 * @param topK how many of the entries, from the first, are the true top-k; a sampled token may be appended behind them.
 * @throws TuttiError `invalid_distribution` for a positive log-probability or an empty list.
 */
export function fromListedTexts(listed: readonly ListedText[], topK: number): TextDistribution {
  const entries: Entry[] = []
  let end = 0
  let smallest = Number.POSITIVE_INFINITY
  for (let index = 0; index < listed.length; index++) {
    const { bytes, logProb } = listed[index] as ListedText
    if (logProb > roundingAboveZero) {
      throw new TuttiError('invalid_distribution', `log-probability ${logProb} is above 0`)
    }
    if (!(logProb > notListedBelow)) continue
    const probability = Math.exp(Math.min(logProb, 0))
    if (index < topK) smallest = Math.min(smallest, probability)
    if (bytes === null) end += probability
    else if (bytes.length > 0) entries.push({ bytes, probability })
  }
  if (smallest === Number.POSITIVE_INFINITY) {
    throw new TuttiError('invalid_distribution', 'the list of tokens is empty')
  }
  // Equals stay in the order in which they were listed.
  const sorted = entries.sort((a, b) => compareBytes(a.bytes, b.bytes))
  const first = sorted.filter(({ bytes }, at) => at === 0 || compareBytes((sorted[at - 1] as Entry).bytes, bytes) !== 0)
  const probabilities = Float64Array.from(first, ({ probability }) => probability)
  return {
    tokens: first.map(({ bytes }) => bytes),
    probabilities,
    end,
    unlisted: Math.max(0, 1 - probabilities.reduce((sum, probability) => sum + probability, end)),
    smallest,
  }
}

interface Entry {
  readonly bytes: Uint8Array
  readonly probability: number
}

/** Order of byte strings, byte by byte; a prefix comes first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
