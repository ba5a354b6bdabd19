import type { TextDistribution } from '../distribution/text-distribution.ts'
import type { UnlistedPolicy } from './completed-list.ts'

/** A list of byte strings as `TextPath` uses it: the unlisted mass lies evenly on single bytes. */
export interface TextList {
  /** Listed tokens in lexicographic order, and their probabilities. */
  readonly tokens: readonly Uint8Array[]
  readonly probabilities: Float64Array
  /** How many tokens are listed, the end among them. */
  readonly listed: number
  /** Listed probability that the text ends here. */
  readonly end: number
  /** Mass that the list hides, and what of it is spread over the single bytes that may come next. */
  readonly unlisted: number
  readonly spread: number
  /** No unlisted token is likelier than this. */
  readonly unlistedCap: number
}

/** As in completed-list.ts: no token is impossible. */
const roundedAway = 1e-12

/** @param policy with `renormalise` next to nothing is spread; the bounds are the same either way. */
export function completeTexts(distribution: TextDistribution, policy: UnlistedPolicy = 'spread'): TextList {
  const { tokens, probabilities, end, smallest } = distribution
  const unlisted = Math.max(distribution.unlisted, roundedAway)
  return {
    tokens,
    probabilities,
    listed: tokens.length + (end > 0 ? 1 : 0),
    end,
    unlisted,
    spread: policy === 'spread' ? unlisted : roundedAway,
    unlistedCap: Math.min(unlisted, smallest),
  }
}

/** What is known after a text that can't be sent, because it ends inside a character: nothing. */
export const unknownTexts: TextList = completeTexts({
  tokens: [],
  probabilities: new Float64Array(0),
  end: 0,
  unlisted: 1,
  smallest: 1,
})
