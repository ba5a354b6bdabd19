/** Writes the gradient at a point and returns the value there. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number

/** Moves remembered, steps at most, and the decrease demanded of a step (Armijo 1966). */
const memory = 10
const maxIterations = 500
const armijo = 1e-4
const halvings = 40

/**
 * The minimum of a smooth convex function by limited-memory BFGS (Nocedal 1980), the step halved until it gains enough.
 * Ends when no entry of the gradient exceeds the tolerance, or when rounding lets no step gain.
 */
export function minimise(objective: Objective, start: Float64Array, tolerance = 1e-7): Float64Array {
  let point = start.slice()
  let gradient = new Float64Array(point.length)
  let value = objective(point, gradient)
  const moves: { readonly by: Float64Array; readonly change: Float64Array }[] = []
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    if (gradient.every((slope) => Math.abs(slope) <= tolerance)) break
    const direction = descent(gradient, moves)
    const slope = dot(direction, gradient)
    let step = moves.length === 0 ? 1 / Math.max(1, Math.sqrt(dot(gradient, gradient))) : 1
    let reached: { next: Float64Array; nextGradient: Float64Array<ArrayBuffer>; nextValue: number } | null = null
    for (let halved = 0; halved < halvings && reached === null; halved++, step /= 2) {
      const next = point.map((entry, i) => entry + step * (direction[i] as number))
      const nextGradient = new Float64Array(point.length)
      const nextValue = objective(next, nextGradient)
      if (nextValue <= value + armijo * step * slope) reached = { next, nextGradient, nextValue }
    }
    if (reached === null) break
    const { next, nextGradient, nextValue } = reached
    const by = next.map((entry, i) => entry - (point[i] as number))
    const change = nextGradient.map((entry, i) => entry - (gradient[i] as number))
    // Where the slope did not rise, the move tells nothing of the curvature.
    if (dot(by, change) > 1e-12 * dot(change, change)) moves.push({ by, change })
    if (moves.length > memory) moves.shift()
    point = next.slice()
    gradient = nextGradient
    value = nextValue
  }
  return point
}

/** −H·gradient with the inverse Hessian H as the remembered moves have it: the two-loop recursion. */
function descent(
  gradient: Float64Array,
  moves: readonly { readonly by: Float64Array; readonly change: Float64Array }[],
): Float64Array {
  const direction = gradient.map((slope) => -slope)
  const shares: number[] = []
  for (const { by, change } of moves.toReversed()) {
    const share = dot(by, direction) / dot(by, change)
    shares.unshift(share)
    addScaled(direction, change, -share)
  }
  const last = moves.at(-1)
  if (last) {
    const scale = dot(last.by, last.change) / dot(last.change, last.change)
    for (let i = 0; i < direction.length; i++) direction[i] = scale * (direction[i] as number)
  }
  for (const [index, { by, change }] of moves.entries()) {
    addScaled(direction, by, (shares[index] as number) - dot(change, direction) / dot(by, change))
  }
  return direction
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

function addScaled(sum: Float64Array, values: Float64Array, scale: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + scale * (values[i] as number)
}
