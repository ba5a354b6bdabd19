import type { Fused, Room } from '../pool/bounded.ts'

/** How symbols are made less or more likely before one is chosen (the OpenAI API's definitions, on fused log-probabilities). */
export interface PenaltyOptions {
  /** Taken off a symbol's log-probability for each time the output holds it. */
  readonly frequency: number
  /** Taken off once if the output holds the symbol at all. */
  readonly presence: number
  /** Added to a symbol's log-probability; −100 and below bans it, +100 and above leaves nothing beside it. */
  readonly bias: ReadonlyMap<number, number>
}

const ban = -100

/** Exponents are cut off here, in nats: far beyond where one symbol leaves nothing beside it, and no product over- or underflows. */
const furthest = 300

/** Counts what the output holds and weighs symbols by it. */
export class Penalties {
  readonly #options: PenaltyOptions
  readonly #counts = new Map<number, number>()

  constructor(options: PenaltyOptions) {
    this.#options = options
  }

  /** Nothing is asked for, so nothing need be weighed. */
  get idle(): boolean {
    const { frequency, presence, bias } = this.#options
    return frequency === 0 && presence === 0 && bias.size === 0
  }

  count(symbol: number): void {
    this.#counts.set(symbol, (this.#counts.get(symbol) ?? 0) + 1)
  }

  /**
   * The distribution, its bounds and its tiebreak with every symbol weighed, up to a constant factor; in `room`. Without any mass
   * where all that was possible is banned.
   */
  weigh(fused: Fused, room: Room): Fused {
    room.probabilities.set(fused.probabilities)
    room.low.set(fused.low)
    room.high.set(fused.high)
    const tiebreak = fused.tiebreak?.slice()
    for (const [symbol, factor] of this.#factors()) {
      for (const values of [room.probabilities, room.low, room.high, tiebreak]) {
        if (values !== undefined) values[symbol] = (values[symbol] as number) * factor
      }
    }
    return { ...fused, ...room, ...(tiebreak && { tiebreak }) }
  }

  *#factors(): Iterable<readonly [symbol: number, factor: number]> {
    const { frequency, presence, bias } = this.#options
    for (const symbol of new Set([...this.#counts.keys(), ...bias.keys()])) {
      const own = bias.get(symbol) ?? 0
      const count = this.#counts.get(symbol) ?? 0
      const exponent = own - (count === 0 ? 0 : frequency * count + presence)
      yield [symbol, own <= ban ? 0 : Math.exp(Math.min(furthest, Math.max(-furthest, exponent)))]
    }
  }
}
