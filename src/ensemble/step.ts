import { type Choice, choose, chooseSymbol, type Sampling } from '../core/decode/choose.ts'
import type { Penalties } from '../core/decode/penalties.ts'
import { maximum } from '../core/decode/warp.ts'
import type { Conditional } from '../core/lattice/symbol-path.ts'
import { bayesWeights } from '../core/learn/bayes-weights.ts'
import { type Bounded, type Fused, type Room, roomFor } from '../core/pool/bounded.ts'
import { leaveOut } from '../core/pool/leave-out.ts'
import { type PoolKind, pools } from '../core/pool/pools.ts'
import { TuttiError } from '../errors.ts'
import type { Adaptive, Ensemble } from './ensemble.ts'
import type { MemberWalk } from './member-walk.ts'
import { weightsOf } from './present.ts'

/** What is fused at one step: the members' distributions, their weights, and what the pool makes of them. */
export interface Fusion {
  readonly pool: PoolKind
  readonly walks: readonly MemberWalk[]
  readonly weights: readonly number[]
  readonly conditionals: readonly Conditional[]
  readonly fused: Fused
}

/** A decided symbol with the fusion it was chosen from. */
export interface Step extends Fusion {
  readonly choice: Choice
  /** Ids of members without whom another symbol would have been chosen. */
  readonly pivotal: ReadonlySet<string>
}

export interface StepSampling extends Sampling {
  readonly penalties?: Penalties
}

/** Fuses the distributions of the present members, whose lists have all come. The result is good while `room` is. */
export function fuse(
  walks: readonly MemberWalk[],
  { pool, adaptive }: Pick<Ensemble, 'pool' | 'adaptive'>,
  room?: Room,
): Fusion {
  const conditionals = walks.map((walk) => walk.conditional())
  const weights = weightsAt(walks, adaptive)
  return { pool, walks, weights, conditionals, fused: pools[pool](conditionals, weights, room) }
}

/** The weights of walks where they stand: those of the plan, or what the text since its beginning makes of them. */
export function weightsAt(walks: readonly MemberWalk[], { kind }: Adaptive): readonly number[] {
  const prior = weightsOf(walks.map(({ planned }) => planned.seat))
  if (kind !== 'bayes') return prior
  return bayesWeights(
    prior,
    walks.map(({ logProb }) => logProb),
  )
}

/**
 * Chooses a symbol, and finds out who decided it by choosing again without each member.
 *
 * @throws TuttiError `invalid_request` where `logit_bias` bans every symbol that is possible.
 */
export function decide(fusion: Fusion, sampling: StepSampling): Step {
  const { pool, walks, weights, fused } = fusion
  const { members, whole, weigh } = weighing(fusion, sampling.penalties)
  const weighed = weigh(whole)
  if (!hasMass(weighed)) throw nothingLeft()
  const choice = choose(weighed, sampling)
  const pivotal = new Set<string>()
  for (let index = 0; index < walks.length && walks.length > 1; index++) {
    const rest = leaveOut(pool, members, weights, fused, index)
    const others = rest && weigh(rest)
    if (others === null || !hasMass(others) || chosenFrom(others, sampling) !== choice.symbol) {
      pivotal.add((walks[index] as MemberWalk).id)
    }
  }
  return { ...fusion, choice, pivotal }
}

interface Weighing {
  readonly members: readonly Bounded[]
  /** What the pool makes of them. */
  readonly whole: Fused
  /** What is chosen from, of what a pool makes of them. */
  readonly weigh: (pooled: Fused) => Fused
}

/**
 * Where penalties come into a choice: they weigh what the pool makes, but for votes, each of which is for what its member holds for
 * likeliest under the penalties. A vote that all agree on would stand against any penalty.
 */
function weighing({ pool, weights, conditionals, fused }: Fusion, penalties?: Penalties): Weighing {
  const asIs = (pooled: Fused) => pooled
  if (penalties === undefined || penalties.idle) return { members: conditionals, whole: fused, weigh: asIs }
  const weigh = (pooled: Bounded) => penalties.weigh(pooled, roomFor(pooled.probabilities.length))
  if (pool !== 'vote') return { members: conditionals, whole: fused, weigh }
  const members = conditionals.map(weigh)
  return { members, whole: pools.vote(members, weights), weigh: asIs }
}

function hasMass({ probabilities }: Fused): boolean {
  return maximum(probabilities) > 0
}

function nothingLeft(): TuttiError {
  const message = '`logit_bias` bans every token that could come next, and the end of the text too; ban fewer'
  return new TuttiError('invalid_request', message, { param: 'logit_bias' })
}

function chosenFrom({ probabilities, tiebreak }: Fused, sampling: Sampling): number {
  return chooseSymbol(probabilities, sampling, tiebreak)
}

/**
 * Each member's responsibility for `symbol`: its share w·p(x) / Σ w·p(x) of the weighted mass, as in a mixture. For the
 * linear pool the sum is the fused probability. A contrasted member (weight below 0) carries nothing.
 */
export function responsibilities({ weights, conditionals }: Fusion, symbol: number): number[] {
  const shares = conditionals.map(
    ({ probabilities }, index) => Math.max(0, weights[index] as number) * (probabilities[symbol] as number),
  )
  const whole = shares.reduce((sum, share) => sum + share, 0)
  return shares.map((share) => (whole > 0 ? share / whole : 0))
}
