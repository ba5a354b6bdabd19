import { type Choice, choose } from '../core/decode/choose.ts'
import type { Warp } from '../core/decode/warp.ts'
import type { ByteConditional } from '../core/lattice/conditional.ts'
import { type Fused, linearPool, renormalised } from '../core/pool/linear.ts'
import type { MemberWalk } from './member-walk.ts'
import { weightsOf } from './plan.ts'

/** What is fused at one step: the members' distributions, their weights, and the pool of them. */
export interface Fusion {
  readonly walks: readonly MemberWalk[]
  readonly weights: readonly number[]
  readonly conditionals: readonly ByteConditional[]
  readonly fused: Fused
}

/** A decided symbol with the fusion it was chosen from. */
export interface Step extends Fusion {
  readonly choice: Choice
  /** Ids of members without whom another symbol would have been chosen. */
  readonly pivotal: ReadonlySet<string>
}

export interface Sampling extends Warp {
  readonly seed: number
  readonly step: number
}

/** Fuses the distributions of the present members, whose lists have all come. */
export function fuse(walks: readonly MemberWalk[]): Fusion {
  const conditionals = walks.map((walk) => walk.conditional())
  const weights = weightsOf(walks.map(({ planned }) => planned.seat))
  return { walks, weights, conditionals, fused: linearPool(conditionals, weights) }
}

/** Chooses a symbol, and finds out who decided it by choosing again without each member. */
export function decide(fusion: Fusion, sampling: Sampling): Step {
  const choice = choose(fusion.fused, sampling)
  const pivotal = new Set<string>()
  if (fusion.walks.length > 1) {
    fusion.walks.forEach((walk, index) => {
      const others = fusion.conditionals.filter((_, other) => other !== index)
      const weights = renormalised(fusion.weights.filter((_, other) => other !== index))
      if (choose(linearPool(others, weights), sampling).symbol !== choice.symbol) pivotal.add(walk.id)
    })
  }
  return { ...fusion, choice, pivotal }
}

/** Share of the fused probability of `symbol` that comes from each member: w·p(x) / q(x). */
export function responsibilities({ fused, weights, conditionals }: Fusion, symbol: number): number[] {
  const whole = fused.probabilities[symbol] as number
  return conditionals.map(({ probabilities }, index) =>
    whole > 0 ? ((weights[index] as number) * (probabilities[symbol] as number)) / whole : 0,
  )
}
