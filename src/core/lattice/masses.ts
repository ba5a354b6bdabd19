import type { ByteConditional, Place } from './conditional.ts'
import { possibleSymbols } from './possible.ts'
import { symbolCount } from './symbols.ts'

/**
 * Mass by symbol while a conditional is summed up, and the arrays of its result. One object serves a lattice for good:
 * arrays of this size are allocated outside the heap, which costs more than all the arithmetic of a step.
 */
export class Masses {
  /** Listed, the completed share of the unlisted, and the most that unlisted tokens could hold. */
  readonly listed = new Float64Array(symbolCount)
  readonly spread = new Float64Array(symbolCount)
  readonly hidden = new Float64Array(symbolCount)
  readonly #probabilities = new Float64Array(symbolCount)
  readonly #low = new Float64Array(symbolCount)
  readonly #high = new Float64Array(symbolCount)

  clear(): void {
    this.listed.fill(0)
    this.spread.fill(0)
    this.hidden.fill(0)
  }

  /**
   * The distribution over the symbols that are possible here, with the remainder spread over them.
   *
   * @param hiddenLimit most that the symbols together can hide: a context's unlisted mass counts once, however many
   *   symbols could take it.
   */
  result(place: Place, hiddenLimit: number, excluded: number): ByteConditional {
    const { valid, begins, count } = possibleSymbols(place.vocabulary, place.utf8)
    const listed = this.listed
    const spread = this.spread
    const hidden = this.hidden
    let known = 0
    let spreadSum = 0
    let hiddenSum = 0
    for (let x = 0; x < symbolCount; x++) {
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
    const live = total === 0 ? 0 : 1 - place.remainder
    const each = count === 0 ? 0 : place.remainder / count
    const scale = total === 0 ? 0 : live / total
    const probabilities = this.#probabilities
    for (let x = 0; x < symbolCount; x++) {
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
    for (let x = 0; x < symbolCount; x++) {
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
