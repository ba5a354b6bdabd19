/**
 * What members foretold at places whose outcome is known. Each member's natural log-probabilities of all symbols lie row
 * after row, a row a place; they are at least `leastLogProb`, so that no member can rule a symbol out for good.
 */
export interface Foretold {
  /** Symbols of the alphabet, or labels. */
  readonly size: number
  /** The symbol that came at each place. */
  readonly outcomes: Int32Array
  readonly logProbs: readonly Float32Array[]
}

/** ln 1e-30: stands for a probability of 0. */
export const leastLogProb = Math.log(1e-30)

/** One member's natural log-probability of what came, at every place. */
export function outcomeLogProbs({ size, outcomes, logProbs }: Foretold, member: number): Float64Array {
  const own = logProbs[member] as Float32Array
  return Float64Array.from(outcomes, (outcome, place) => own[place * size + outcome] as number)
}

/** Mean loss of one member, in nats a place. */
export function meanLoss(foretold: Foretold, member: number): number {
  const own = outcomeLogProbs(foretold, member)
  return own.reduce((sum, logProb) => sum - logProb, 0) / own.length
}

/** The member of least loss, the first of equals. */
export function bestMember(foretold: Foretold): number {
  const losses = foretold.logProbs.map((_, member) => meanLoss(foretold, member))
  return losses.indexOf(Math.min(...losses))
}

/** The same members at some of the places, in the given order. */
export function atPlaces({ size, outcomes, logProbs }: Foretold, places: readonly number[]): Foretold {
  return {
    size,
    outcomes: Int32Array.from(places, (place) => outcomes[place] as number),
    logProbs: logProbs.map((own) => {
      const rows = new Float32Array(places.length * size)
      places.forEach((place, row) => {
        rows.set(own.subarray(place * size, (place + 1) * size), row * size)
      })
      return rows
    }),
  }
}
