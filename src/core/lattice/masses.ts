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
 * Mass by symbol while a conditional is summed up, and the arrays of its result. One object serves a path for good:
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
    const all = new Float64Array(6 * symbols)
    const part = (index: number) => all.subarray(index * symbols, (index + 1) * symbols)
    this.listed = part(0)
    this.spread = part(1)
    this.hidden = part(2)
    this.#probabilities = part(3)
    this.#low = part(4)
    this.#high = part(5)
  }

  clear(): void {
    this.listed.fill(0)
    this.spread.fill(0)
    this.hidden.fill(0)
  }

  /** The distribution over the symbols that are possible here, with the remainder spread over them. */
  result(possible: PossibleSymbols, { remainder, hiddenLimit, excluded }: Whole): Conditional {
    const { known, spreadSum, hiddenSum } = this.#sums(possible.valid)
    const total = known + spreadSum
    const hiddenTotal = Math.min(hiddenSum, hiddenLimit)
    const live = total === 0 ? 0 : 1 - remainder
    const each = possible.count === 0 ? 0 : remainder / possible.count
    const spans = { known, total, hiddenSum, hiddenLimit, live, each, begins: possible.begins }
    const exact = hiddenTotal === 0
    if (exact) this.#complete(spans)
    else this.#bound(spans)
    return {
      probabilities: this.#probabilities,
      low: exact ? this.#probabilities : this.#low,
      high: exact ? this.#probabilities : this.#high,
      missing: exact ? 0 : (live * hiddenTotal) / (known + hiddenTotal),
      mass: total,
      excluded: excluded === 0 ? 0 : excluded / (total + excluded),
    }
  }

  /** Sums over the valid symbols; what leads to others is struck out. */
  #sums(valid: Uint8Array): { known: number; spreadSum: number; hiddenSum: number } {
    const { listed, spread, hidden } = this
    let known = 0
    let spreadSum = 0
    let hiddenSum = 0
    for (let x = 0; x < listed.length; x++) {
      // 0 or 1: a product is cheaper than a branch that is taken at random.
      const keep = valid[x] as number
      known += listed[x] = (listed[x] as number) * keep
      spreadSum += spread[x] = (spread[x] as number) * keep
      hiddenSum += hidden[x] = (hidden[x] as number) * keep
    }
    return { known, spreadSum, hiddenSum }
  }

  /** The probabilities alone, where nothing is hidden and they are their own bounds. */
  #complete({ total, live, each, begins }: Spans): void {
    const { listed, spread } = this
    const probabilities = this.#probabilities
    const scale = total === 0 ? 0 : live / total
    for (let x = 0; x < listed.length; x++) {
      probabilities[x] = scale * ((listed[x] as number) + (spread[x] as number)) + each * (begins[x] as number)
    }
  }

  #bound({ known, total, hiddenSum, hiddenLimit, live, each, begins }: Spans): void {
    const { listed, spread, hidden } = this
    const probabilities = this.#probabilities
    const low = this.#low
    const high = this.#high
    const scale = total === 0 ? 0 : live / total
    for (let x = 0; x < listed.length; x++) {
      const own = listed[x] as number
      const ownHidden = hidden[x] as number
      const rest = each * (begins[x] as number)
      const value = scale * (own + (spread[x] as number)) + rest
      probabilities[x] = value
      // Least when all that the others can hide is theirs, most when this symbol takes all it can and the others nothing.
      const least =
        own === 0 ? rest : (live * own) / (known + Math.min(hiddenLimit, Math.max(0, hiddenSum - ownHidden))) + rest
      const most = own + ownHidden === 0 ? rest : (live * (own + ownHidden)) / (known + ownHidden) + rest
      // Rounding may put either on the wrong side of the value.
      low[x] = Math.min(least, value)
      high[x] = Math.max(most, value)
    }
  }
}

/** What every symbol's probability and bounds depend on. */
interface Spans {
  readonly known: number
  readonly total: number
  readonly hiddenSum: number
  readonly hiddenLimit: number
  readonly live: number
  readonly each: number
  readonly begins: Uint8Array
}
