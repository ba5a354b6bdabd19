import type { Bounded } from '../pool/bounded.ts'
import { firstAtLeast } from './completed-list.ts'
import { listOf } from './context.ts'
import type { Hypothesis } from './frontier.ts'
import { endSymbol, symbolCount } from './symbols.ts'
import { type Utf8State, utf8Allows } from './utf8.ts'
import type { Vocabulary } from './vocabulary.ts'

/**
 * A member's next-symbol distribution. Arrays are indexed by symbol: bytes 0–255, then the end. The bounds hold for
 * whatever the lists of this step hide, the hypotheses' weights taken as they are; `missing` is the largest share of
 * the mass that they can hide.
 */
export interface ByteConditional extends Bounded {
  /** Mass of all valid continuations, in the units of the hypotheses' weights; 0 when none is left. */
  readonly mass: number
  /** Share of the mass on control tokens, left out of `probabilities`. */
  readonly excluded: number
}

/** Mass by symbol: listed, the completed share of the unlisted, and the most that unlisted tokens could hold. */
interface Masses {
  readonly listed: Float64Array
  readonly spread: Float64Array
  readonly hidden: Float64Array
}

/**
 * Sums, for every next symbol, the probability of the tokens that begin with a hypothesis' bytes and go on with that
 * symbol (Phan et al. 2024, "Exact Byte-Level Probabilities from Tokenized Language Models"; Vieira et al. 2024, "From
 * Language Models over Tokens to Language Models over Characters"), over valid UTF-8 continuations only.
 */
export function conditionalOf(
  hypotheses: readonly Hypothesis[],
  vocabulary: Vocabulary,
  utf8: Utf8State,
): ByteConditional {
  const masses: Masses = {
    listed: new Float64Array(symbolCount),
    spread: new Float64Array(symbolCount),
    hidden: new Float64Array(symbolCount),
  }
  const { listed, spread, hidden } = masses
  let excluded = 0
  for (const { context, node, weight } of hypotheses) {
    const list = listOf(context)
    const { low, high, exact, firstChild, childCount, byte } = vocabulary.trie
    const first = firstChild[node] as number
    const last = first + (childCount[node] as number)
    let index = firstAtLeast(list, (low[node] as number) + (exact[node] as number))
    for (let child = first; child < last; child++) {
      const until = high[child] as number
      const start = index
      let sum = 0
      while (index < list.ranks.length && (list.ranks[index] as number) < until)
        sum += list.probabilities[index++] as number
      const unlistedTokens = until - (low[child] as number) - (index - start)
      const symbol = byte[child] as number
      listed[symbol] = (listed[symbol] as number) + weight * sum
      spread[symbol] = (spread[symbol] as number) + weight * unlistedTokens * list.unlistedEach
      hidden[symbol] = (hidden[symbol] as number) + weight * Math.min(list.unlisted, unlistedTokens * list.unlistedCap)
    }
    if (node === 0) {
      listed[endSymbol] = (listed[endSymbol] as number) + weight * list.end
      spread[endSymbol] = (spread[endSymbol] as number) + weight * list.unlistedEnds * list.unlistedEach
      hidden[endSymbol] =
        (hidden[endSymbol] as number) + weight * Math.min(list.unlisted, list.unlistedEnds * list.unlistedCap)
      excluded += weight * list.excluded
    }
  }
  keepValid(masses, utf8)
  return withBounds(masses, hiddenByContexts(hypotheses), excluded)
}

/** Zeroes every symbol that would break UTF-8; a text ends only between characters. */
function keepValid({ listed, spread, hidden }: Masses, utf8: Utf8State): void {
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    if (symbol === endSymbol ? utf8.remaining === 0 : utf8Allows(utf8, symbol)) continue
    listed[symbol] = 0
    spread[symbol] = 0
    hidden[symbol] = 0
  }
}

/** A context's unlisted mass counts once, however many symbols could take it. */
function hiddenByContexts(hypotheses: readonly Hypothesis[]): number {
  let sum = 0
  for (const { context, weight } of hypotheses) sum += weight * listOf(context).unlisted
  return sum
}

function sumOf(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] as number
  return sum
}

function withBounds(masses: Masses, hiddenLimit: number, excluded: number): ByteConditional {
  const { listed, spread, hidden } = masses
  const known = sumOf(listed)
  const total = known + sumOf(spread)
  const hiddenSum = sumOf(hidden)
  const hiddenTotal = Math.min(hiddenSum, hiddenLimit)
  const probabilities = new Float64Array(symbolCount)
  const low = new Float64Array(symbolCount)
  const high = new Float64Array(symbolCount)
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    const own = listed[symbol] as number
    const ownHidden = hidden[symbol] as number
    if (own + ownHidden === 0 || total === 0) continue
    // Least when all that the others can hide is theirs, most when this symbol takes all it can and the others nothing.
    const othersHidden = Math.min(hiddenLimit, Math.max(0, hiddenSum - ownHidden))
    low[symbol] = own / (known + othersHidden)
    high[symbol] = (own + ownHidden) / (known + ownHidden)
    probabilities[symbol] = (own + (spread[symbol] as number)) / total
  }
  return {
    probabilities,
    low,
    high,
    missing: hiddenTotal === 0 ? 0 : hiddenTotal / (known + hiddenTotal),
    mass: total,
    excluded: excluded === 0 ? 0 : excluded / (total + excluded),
  }
}
