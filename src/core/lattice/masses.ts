import type { PossibleSymbols } from './possible.ts'
import type { Conditional } from './symbol-path.ts'

/** What the sums over all symbols depend on beside the masses. */
interface Whole {
  /** Share of the mass that belongs to pruned contexts (remainder.ts). */
  readonly remainder: number
  /**
   * Most that the symbols together can hide: a context's unlisted mass counts once, however many symbols could take it.
   */
  readonly hiddenLimit: number
  /** Mass of control tokens. */
  readonly excluded: number
}

/**
 * Mass by symbol while a conditional is summed up, and the arrays of its result. One object serves a lattice for good:
 * arrays of this size are allocated outside the heap, which costs more than all the arithmetic of a step.
 */
export class Masses {
  /** Listed, the completed share of the unlisted, and the most that unlisted tokens could hold. */
  readonly listed: Float64Array
  readonly spread: Float64Array
  readonly hidden: Float64Array
  readonly #probabilities: Float64Array
  readonly #low: Float64Array
  readonly #high: Float64Array

  constructor(symbols: number) {
    this.listed = new Float64Array(symbols)
    this.spread = new Float64Array(symbols)
    this.hidden = new Float64Array(symbols)
    this.#probabilities = new Float64Array(symbols)
    this.#low = new Float64Array(symbols)
    this.#high = new Float64Array(symbols)
  }

  clear(): void {
    this.listed.fill(0)
    this.spread.fill(0)
    this.hidden.fill(0)
  }

  /** The distribution over the symbols that are possible here, with the remainder spread over them. */
  result({ valid, begins, count }: PossibleSymbols, { remainder, hiddenLimit, excluded }: Whole): Conditional {
    const listed = this.listed
    const spread = this.spread
    const hidden = this.hidden
    let known = 0
    let spreadSum = 0
    let hiddenSum = 0
    for (let x = 0; x < listed.length; x++) {
      if (valid[x] === 0) {
        listed[x] = 0
        spread[x] = 0
        hidden[x] = 0
        continue
      }
      known += listed[x] as number
      spreadSum += spread[x] as number
      hiddenSum += hidden[x] as number
    }
    const total = known + spreadSum
    const hiddenTotal = Math.min(hiddenSum, hiddenLimit)
    const live = total === 0 ? 0 : 1 - remainder
    const each = count === 0 ? 0 : remainder / count
    const scale = total === 0 ? 0 : live / total
    const probabilities = this.#probabilities
    for (let x = 0; x < listed.length; x++) {
      probabilities[x] = scale * ((listed[x] as number) + (spread[x] as number)) + each * (begins[x] as number)
    }
    const exact = hiddenTotal === 0
    if (!exact) this.#bound({ known, hiddenSum, hiddenLimit, live, each, begins })
    return {
      probabilities,
      low: exact ? probabilities : this.#low,
      high: exact ? probabilities : this.#high,
      missing: hiddenTotal === 0 ? 0 : (live * hiddenTotal) / (known + hiddenTotal),
      mass: total,
      excluded: excluded === 0 ? 0 : excluded / (total + excluded),
    }
  }

  #bound({ known, hiddenSum, hiddenLimit, live, each, begins }: Spans): void {
    const listed = this.listed
    const hidden = this.hidden
    const low = this.#low
    const high = this.#high
    for (let x = 0; x < listed.length; x++) {
      const own = listed[x] as number
      const ownHidden = hidden[x] as number
      const rest = each * (begins[x] as number)
      // Least when all that the others can hide is theirs, most when this symbol takes all it can and the others nothing.
      const othersHidden = hiddenSum - ownHidden < hiddenLimit ? Math.max(0, hiddenSum - ownHidden) : hiddenLimit
      low[x] = own === 0 ? rest : (live * own) / (known + othersHidden) + rest
      high[x] = own + ownHidden === 0 ? rest : (live * (own + ownHidden)) / (known + ownHidden) + rest
    }
  }
}

/** What the bounds of every symbol depend on. */
interface Spans {
  readonly known: number
  readonly hiddenSum: number
  readonly hiddenLimit: number
  readonly live: number
  readonly each: number
  readonly begins: Uint8Array
}
