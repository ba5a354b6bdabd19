import { jensenShannon } from '../../core/distribution/divergence.ts'
import { addTables, type PairTable } from '../../core/learn/diversity.ts'
import type { FollowedSymbol } from '../../ensemble/follow.ts'
import { type Contender, equalWeights, logProbBy } from './contender.ts'
import { followRow } from './follow-row.ts'
import type { OpenEnsemble } from './open-ensemble.ts'
import type { TextRow } from './read-rows.ts'

/** What is measured on one row. Sums over its symbols. */
export interface TextMeasure {
  readonly symbols: number
  readonly bytes: number
  /** Nats, a contender each; null where it held the text for impossible. */
  readonly losses: readonly (number | null)[]
  /** Symbols that were a member's likeliest, a member each. */
  readonly right: readonly number[]
  /** Symbols that were some member's likeliest. */
  readonly oracle: number
  /** By pair of members, in the order of `pairsOf`. */
  readonly pairs: readonly PairTable[]
  /** Jensen–Shannon divergence of all members, equally weighted, in bits. */
  readonly jensenShannon: number
}

/** Every two of so many members. */
export function pairsOf(members: number): [number, number][] {
  const places = Array.from({ length: members }, (_, m) => m)
  return places.flatMap((first) => places.slice(first + 1).map((second): [number, number] => [first, second]))
}

/** Goes along a row with every contender at once: what members foretell does not depend on who weighs it. */
export async function measureText(
  open: OpenEnsemble,
  row: TextRow,
  contenders: readonly Contender[],
  signal: AbortSignal,
): Promise<TextMeasure> {
  const members = open.ensemble.seats.length
  const equal = equalWeights(members)
  const losses = contenders.map(() => 0)
  const soFar = equal.map(() => 0)
  const right = equal.map(() => 0)
  let pairs: PairTable[] = pairsOf(members).map(() => ({ both: 0, onlyFirst: 0, onlySecond: 0, neither: 0 }))
  let [symbols, oracle, divergence] = [0, 0, 0]
  await followRow(open, row, signal, (place: FollowedSymbol) => {
    const { conditionals, symbol } = place
    for (const [index, contender] of contenders.entries()) {
      losses[index] = (losses[index] as number) - logProbBy(contender, place, soFar)
    }
    const hits = conditionals.map(({ probabilities }) => isLargest(probabilities, symbol))
    conditionals.forEach(({ probabilities }, m) => {
      soFar[m] = (soFar[m] as number) + Math.log(probabilities[symbol] as number)
      right[m] = (right[m] as number) + (hits[m] ? 1 : 0)
    })
    pairs = pairsOf(members).map(([a, b], index) =>
      addTables(pairs[index] as PairTable, onePlace(hits[a] === true, hits[b] === true)),
    )
    const distributions = conditionals.map(({ probabilities }) => probabilities)
    divergence += jensenShannon(distributions, equal)
    if (hits.includes(true)) oracle++
    symbols++
  })
  return {
    symbols,
    bytes: Buffer.byteLength(row.text),
    losses: losses.map((loss) => (Number.isFinite(loss) ? loss : null)),
    right,
    oracle,
    pairs,
    jensenShannon: divergence,
  }
}

function onePlace(first: boolean, second: boolean): PairTable {
  const one = (is: boolean) => (is ? 1 : 0)
  return {
    both: one(first && second),
    onlyFirst: one(first && !second),
    onlySecond: one(!first && second),
    neither: one(!first && !second),
  }
}

/** Whether no other symbol is likelier, nor as likely and before it. */
function isLargest(probabilities: Float64Array, symbol: number): boolean {
  const own = probabilities[symbol] as number
  return probabilities.every((other, x) => other < own || (other === own && x >= symbol))
}
