import { TuttiError } from '../../errors.ts'
import type { TextList } from './text-list.ts'

/** A text that a member conditions on, with its list once the member has answered. */
export interface TextContext {
  /** Whole characters, from the beginning. */
  readonly text: Uint8Array
  list: TextList | null
}

/**
 * One way in which the text so far may have been cut: a context, and the bytes since its end as a stretch of its list. All
 * tokenizations that end at one offset are one context, for the member sees nothing but the text.
 */
export interface TextHypothesis {
  readonly context: TextContext
  /** How many bytes came since the context's end. */
  readonly depth: number
  /** The listed tokens that begin with those bytes and go on: [low, high). */
  readonly low: number
  readonly high: number
  readonly weight: number
}

export function textListOf({ list }: TextContext): TextList {
  if (list === null) throw new TuttiError('internal', 'a text context was read before its list came')
  return list
}

/** A hypothesis at the end of a context whose list may still have to come. */
export function atEndOf(context: TextContext, weight: number): TextHypothesis {
  return { context, depth: 0, low: 0, high: Number.POSITIVE_INFINITY, weight }
}

/** Index behind the last token of the hypothesis. */
export function endOf({ context, high }: TextHypothesis): number {
  return Math.min(high, textListOf(context).tokens.length)
}

/** Mass of all that goes on from the hypothesis' bytes; at a border, of everything. */
export function textMass(hypothesis: TextHypothesis): number {
  const { context, depth, low, weight } = hypothesis
  if (depth === 0) return weight
  const { probabilities } = textListOf(context)
  let sum = 0
  for (let i = low; i < endOf(hypothesis); i++) sum += probabilities[i] as number
  return weight * sum
}

export interface TextAdvance {
  /** Hypotheses inside a token, and their mass. */
  readonly within: TextHypothesis[]
  readonly withinMass: number
  /** Mass of the tokens that end with the byte. */
  readonly ended: number
}

/**
 * Moves every hypothesis over `byte`. An unlisted token is taken to be a single byte.
 *
 * @param choices how many symbols could have come at a border, over which unlisted mass is spread.
 */
export function advanceTexts(hypotheses: readonly TextHypothesis[], byte: number, choices: number): TextAdvance {
  const within: TextHypothesis[] = []
  let withinMass = 0
  let ended = 0
  for (const hypothesis of hypotheses) {
    const { context, depth, weight } = hypothesis
    const { tokens, probabilities, spread } = textListOf(context)
    if (depth === 0) ended += (weight * spread) / choices
    const end = endOf(hypothesis)
    let low = hypothesis.low
    while (low < end && (tokens[low] as Uint8Array)[depth] !== byte) low++
    let high = low
    while (high < end && (tokens[high] as Uint8Array)[depth] === byte) high++
    // Sorted and each once: a token that ends here is the first of the stretch.
    if (low < high && (tokens[low] as Uint8Array).length === depth + 1)
      ended += weight * (probabilities[low++] as number)
    if (low === high) continue
    const moved = { context, depth: depth + 1, low, high, weight }
    within.push(moved)
    withinMass += textMass(moved)
  }
  return { within, withinMass, ended }
}
