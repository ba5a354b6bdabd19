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

  /** The distribution and its bounds with every symbol weighed, up to a constant factor; in `room`. */
  weigh(fused: Fused, room: Room): Fused {
    room.probabilities.set(fused.probabilities)
    room.low.set(fused.low)
    room.high.set(fused.high)
    for (const [symbol, factor] of this.#factors()) {
      room.probabilities[symbol] = (room.probabilities[symbol] as number) * factor
      room.low[symbol] = (room.low[symbol] as number) * factor
      room.high[symbol] = (room.high[symbol] as number) * factor
    }
    return { ...fused, ...room }
  }

  *#factors(): Iterable<readonly [symbol: number, factor: number]> {
    const { frequency, presence, bias } = this.#options
    for (const [symbol, count] of this.#counts) {
      yield [symbol, Math.exp(-(frequency * count + presence))]
    }
    for (const [symbol, value] of bias) yield [symbol, value <= ban ? 0 : Math.exp(value)]
  }
}
