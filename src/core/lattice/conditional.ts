import { firstAtLeast } from './completed-list.ts'
import { listOf } from './context.ts'
import type { Hypothesis } from './frontier.ts'
import type { Masses } from './masses.ts'
import { possibleBytes } from './possible.ts'
import type { Conditional } from './symbol-path.ts'
import { endSymbol } from './symbols.ts'
import type { Utf8State } from './utf8.ts'
import type { Vocabulary } from './vocabulary.ts'

export interface Place {
  readonly vocabulary: Vocabulary
  readonly utf8: Utf8State
  /** Share of the mass that belongs to pruned contexts (remainder.ts). */
  readonly remainder: number
}

/**
 * Sums, for every next symbol, the probability of the tokens that begin with a hypothesis' bytes and go on with that
 * symbol (Phan et al. 2024, "Exact Byte-Level Probabilities from Tokenized Language Models"; Vieira et al. 2024, "From
 * Language Models over Tokens to Language Models over Characters"), over valid UTF-8 continuations only.
 *
 * The bounds hold for whatever the lists of this step hide, the hypotheses' weights taken as they are; `missing` is the
 * largest share of the mass that they can hide.
 *
 * @param masses what the result is computed in: it is good until they are used again.
 */
export function conditionalOf(hypotheses: readonly Hypothesis[], place: Place, masses: Masses): Conditional {
  masses.clear()
  let excluded = 0
  let hiddenByContexts = 0
  for (let h = 0; h < hypotheses.length; h++) {
    const hypothesis = hypotheses[h] as Hypothesis
    const { unlisted, excluded: ofList } = listOf(hypothesis.context)
    hiddenByContexts += hypothesis.weight * unlisted
    addTokens(hypothesis, place.vocabulary, masses)
    if (hypothesis.node !== 0) continue
    addEnds(hypothesis, masses)
    excluded += hypothesis.weight * ofList
  }
  return masses.result(possibleBytes(place.vocabulary, place.utf8), {
    remainder: place.remainder,
    hiddenLimit: hiddenByContexts,
    excluded,
  })
}

/**
 * Adds the mass of all tokens that go on from the hypothesis' bytes, child by child of its trie node. The sums are written
 * out here because a call for each of 256 children would box three numbers each.
 */
function addTokens({ context, node, weight }: Hypothesis, vocabulary: Vocabulary, masses: Masses): void {
  const list = listOf(context)
  const { ranks, probabilities } = list
  const { listed, spread, hidden } = masses
  const { low, high, exact, firstChild, childCount, byte } = vocabulary.trie
  const first = firstChild[node] as number
  const last = first + (childCount[node] as number)
  const each = weight * list.unlistedEach
  const cap = weight * list.unlistedCap
  const most = weight * list.unlisted
  let index = firstAtLeast(list, (low[node] as number) + (exact[node] as number))
  for (let child = first; child < last; child++) {
    const until = high[child] as number
    const symbol = byte[child] as number
    const start = index
    let sum = 0
    while (index < ranks.length && (ranks[index] as number) < until) sum += probabilities[index++] as number
    if (index > start) listed[symbol] = (listed[symbol] as number) + weight * sum
    const unlisted = until - (low[child] as number) - (index - start)
    if (unlisted === 0) continue
    spread[symbol] = (spread[symbol] as number) + unlisted * each
    const possible = unlisted * cap
    hidden[symbol] = (hidden[symbol] as number) + Math.min(possible, most)
  }
}

/** Adds the mass of a text that ends at the hypothesis' token border. */
function addEnds({ context, weight }: Hypothesis, { listed, spread, hidden }: Masses): void {
  const { end, unlistedEnds, unlistedEach, unlistedCap, unlisted } = listOf(context)
  listed[endSymbol] = (listed[endSymbol] as number) + weight * end
  spread[endSymbol] = (spread[endSymbol] as number) + weight * unlistedEnds * unlistedEach
  hidden[endSymbol] = (hidden[endSymbol] as number) + weight * Math.min(unlisted, unlistedEnds * unlistedCap)
}
