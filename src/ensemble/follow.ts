import { type Bounded, roomFor } from '../core/pool/bounded.ts'
import type { Session } from './session.ts'
import { type Fusion, fuse } from './step.ts'

/** A symbol of a given text, with the distributions at its place. Those are good until the next symbol. */
export interface FollowedSymbol extends Fusion {
  readonly symbol: number
  /** Its place in the text. */
  readonly index: number
}

/** Natural logarithms of a probability, and of its bounds whatever the lists of its step hide. */
export interface SymbolScore {
  readonly logProb: number
  readonly low: number
  readonly high: number
}

export function fusedScore({ fused, symbol }: FollowedSymbol): SymbolScore {
  return scoreIn(fused, symbol)
}

/** Each present member's own score of the symbol. */
export function memberScores({
  walks,
  conditionals,
  symbol,
}: FollowedSymbol): (SymbolScore & { readonly id: string })[] {
  return walks.map(({ id }, index) => ({ id, ...scoreIn(conditionals[index] as Bounded, symbol) }))
}

function scoreIn({ probabilities, low, high }: Bounded, symbol: number): SymbolScore {
  // A probability of 1 may come out of a division as a little more.
  const logOf = (values: Float64Array) => Math.min(0, Math.log(values[symbol] as number))
  return { logProb: logOf(probabilities), low: logOf(low), high: logOf(high) }
}

/**
 * Takes an opened session along the given symbols (teacher forcing), as it was told at its making, and shows what its members
 * and the pool make of each. In the sums of the session the given symbol stands for the choice.
 */
export async function follow(
  session: Session,
  symbols: Int32Array,
  see: (place: FollowedSymbol) => void,
): Promise<void> {
  const { alphabet, plan } = session
  const room = roomFor(alphabet.size)
  for (const [index, symbol] of symbols.entries()) {
    await session.ready()
    const started = session.clock()
    const fusion = fuse(session.roster.present, plan.ensemble, room)
    const certified = fusion.fused.missing === 0
    session.tally.add({ ...fusion, choice: { symbol, certified }, pivotal: new Set() }, alphabet)
    see({ ...fusion, symbol, index })
    session.fusingMs += session.clock() - started
    if (index + 1 < symbols.length) await session.accept(symbol)
  }
}
