/** Slopes that differ by less are one, and a weight below this is dust, which goes along with the move that leaves it. */
const least = 1e-13

/**
 * Minimises gᵀ(v − w) + ½(v − w)ᵀH(v − w) over weights v of at least 0 with the sum of w: sequential minimal optimisation
 * (Platt 1998), which moves weight between the two members that most violate optimality, exactly, until none do.
 *
 * @param hessian symmetric, positive semidefinite.
 */
export function minimiseOnSimplex(
  start: readonly number[],
  gradient: readonly number[],
  hessian: readonly (readonly number[])[],
  maxMoves = 10_000,
): number[] {
  const weights = [...start]
  const slopes = [...gradient]
  const members = weights.map((_, m) => m)
  for (let move = 0; move < maxMoves; move++) {
    // The steepest to give to, and among those that have something the one whose giving helps most.
    const to = members.reduce((best, m) => ((slopes[m] as number) < (slopes[best] as number) ? m : best))
    const from = members
      .filter((m) => (weights[m] as number) > 0)
      .reduce((best, m) => ((slopes[m] as number) > (slopes[best] as number) ? m : best))
    const slope = (slopes[from] as number) - (slopes[to] as number)
    const curvature = at(hessian, from, from) + at(hessian, to, to) - 2 * at(hessian, from, to)
    const held = weights[from] as number
    if (from === to || slope < least) break
    const free = curvature > 0 ? slope / curvature : held
    const step = free > held - least ? held : free
    weights[from] = held - step
    weights[to] = (weights[to] as number) + step
    for (const m of members) slopes[m] = (slopes[m] as number) + step * (at(hessian, m, to) - at(hessian, m, from))
  }
  return weights
}

function at(matrix: readonly (readonly number[])[], row: number, column: number): number {
  return (matrix[row] as readonly number[])[column] as number
}
