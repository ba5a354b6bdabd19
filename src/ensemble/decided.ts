import { chooseSymbol } from '../core/decode/choose.ts'
import type { Fused } from '../core/pool/bounded.ts'

/** A decided symbol, with the distribution it was decided from where its rivals are wanted. */
export interface Decided {
  readonly symbol: number
  /** Natural logarithm of its fused probability; −Infinity for a given symbol that the ensemble rules out. */
  readonly logProb: number
  readonly rivals: Rivals | null
}

export interface Rivals {
  /** The fused distribution before temperature, filters and penalties. */
  readonly probabilities: Float64Array
  /** What greedy decoding would have chosen. */
  readonly preferred: number
}

const greedy = { temperature: 0, topP: 1, minP: 0, seed: 0, step: 0 }

/** The distribution is copied, as the room it lies in is used again. */
export function decidedOf(fused: Fused, symbol: number, withRivals: boolean): Decided {
  return {
    symbol,
    logProb: Math.log(fused.probabilities[symbol] as number),
    rivals: withRivals
      ? {
          probabilities: fused.probabilities.slice(),
          preferred: chooseSymbol(fused.probabilities, greedy, fused.tiebreak),
        }
      : null,
  }
}

/** Natural logarithm of the fused probability of all the symbols, added up in their order. */
export function logProbOf(decided: readonly Decided[]): number {
  return decided.reduce((sum, { logProb }) => sum + logProb, 0)
}
