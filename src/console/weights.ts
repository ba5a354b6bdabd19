/** The weights of members by id; they sum to 1. A configuration may have some below 0, of contrasted members. */
export type Weights = Readonly<Record<string, number>>

/** A member's weight; 0 where it has none. Members may be called as what every object has, `constructor` say. */
export function weightOf(weights: Weights, id: string): number {
  return Object.hasOwn(weights, id) ? (weights[id] ?? 0) : 0
}

/**
 * Sets one member's weight and lets the others share the rest as they did before; equally, where they had nothing.
 *
 * @param value in [0, 1].
 */
export function withWeight(weights: Weights, id: string, value: number): Weights {
  const others = Object.keys(weights).filter((other) => other !== id)
  if (others.length === 0) return { ...weights, [id]: 1 }
  const own = Math.min(1, Math.max(0, value))
  const left = others.reduce((sum, other) => sum + weightOf(weights, other), 0)
  const shares = others.map((other): [string, number] => {
    const share = left > 0 ? weightOf(weights, other) / left : 1 / others.length
    return [other, share * (1 - own)]
  })
  return { ...weights, ...Object.fromEntries(shares), [id]: own }
}

/** Weights of any sum as shares of it, with their signs; equal ones where the sum is 0. */
export function scaled(weights: Weights): Weights {
  const entries = Object.entries(weights)
  const sum = entries.reduce((total, [, weight]) => total + weight, 0)
  return Object.fromEntries(entries.map(([id, weight]) => [id, sum > 0 ? weight / sum : 1 / entries.length]))
}

/** Whether two sets of weights are the same to a thousandth, which is as fine as sliders go. */
export function sameWeights(one: Weights, other: Weights): boolean {
  const ids = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...ids].every((id) => Math.abs(weightOf(one, id) - weightOf(other, id)) < 5e-4)
}
