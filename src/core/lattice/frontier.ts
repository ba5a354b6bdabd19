import { massOfRanks } from './completed-list.ts'
import { extendContext, type LatticeContext, listOf, looseContext, type TokenChain } from './context.ts'
import { childOf, hasLonger } from './trie.ts'
import type { Vocabulary } from './vocabulary.ts'

/** One way in which the text so far may have been tokenized: a context, and the bytes since its end as a trie node. */
export interface Hypothesis {
  readonly context: LatticeContext
  /** Trie node of the partial bytes; 0 (the root) stands at a token border. */
  readonly node: number
  /** Probability of having reached the context, in units of the frontier. */
  readonly weight: number
}

export interface Advance {
  /** Hypotheses after the byte, weights in the units of before. */
  readonly hypotheses: Hypothesis[]
  /** New contexts left out, with the weight they had. */
  readonly pruned: readonly Hypothesis[]
  /** Mass of the byte after pruning, in the units of before. */
  readonly kept: number
  /** What pruning has dropped, in the units of before, and as a share of the byte's mass. */
  readonly dropped: number
  readonly prunedShare: number
}

const none: readonly Hypothesis[] = []

/** Mass of all tokens that go on from the hypothesis' bytes; at a border, of everything. */
function liveMass(hypothesis: Hypothesis, vocabulary: Vocabulary): number {
  const { context, node, weight } = hypothesis
  if (node === 0) return weight
  const { low, high, exact } = vocabulary.trie
  return weight * massOfRanks(listOf(context), (low[node] as number) + (exact[node] as number), high[node] as number)
}

/** A token after a chain of tokens whose context must not be pruned. */
export interface SparedToken {
  readonly after: TokenChain
  readonly token: number
}

function isSpared({ chain }: LatticeContext, token: number, spared: SparedToken | undefined): boolean {
  return spared !== undefined && chain === spared.after && token === spared.token
}

/** A token that ends here, before it is known whether its context is worth an object. */
interface Opened {
  readonly before: LatticeContext
  readonly token: number
  readonly weight: number
}

/**
 * Moves every hypothesis over `byte`. A hypothesis inside a token costs nothing and is always kept; a token that ends here
 * opens a new context, which needs a list, and is pruned when its share of the live mass is below `tau`.
 */
export function advanceFrontier(
  hypotheses: readonly Hypothesis[],
  vocabulary: Vocabulary,
  byte: number,
  tau: number,
  spared?: SparedToken,
): Advance {
  const { trie } = vocabulary
  const next: Hypothesis[] = []
  const opened: Opened[] = []
  let withinMass = 0
  let openedMass = 0
  let heaviest = 0
  for (const { context, node, weight } of hypotheses) {
    const child = childOf(trie, node, byte)
    if (child < 0) continue
    if (hasLonger(trie, child)) {
      const hypothesis = { context, node: child, weight }
      next.push(hypothesis)
      withinMass += liveMass(hypothesis, vocabulary)
    }
    const low = trie.low[child] as number
    for (let rank = low; rank < low + (trie.exact[child] as number); rank++) {
      const reached = weight * massOfRanks(listOf(context), rank, rank + 1)
      opened.push({ before: context, token: vocabulary.idAt[rank] as number, weight: reached })
      openedMass += reached
      if (reached > heaviest) heaviest = reached
    }
  }
  const mass = withinMass + openedMass
  // With nothing inside a token to fall back on, the heaviest context stays however many share the mass.
  const least = next.length > 0 ? tau * mass : Math.min(tau * mass, heaviest)
  let pruned: Hypothesis[] | null = null
  let kept = withinMass
  let dropped = 0
  for (const { before, token, weight } of opened) {
    if (weight < least && !isSpared(before, token, spared)) {
      pruned ??= []
      pruned.push({ context: looseContext(before, token), node: 0, weight })
      dropped += weight
    } else {
      next.push({ context: extendContext(before, token), node: 0, weight })
      kept += weight
    }
  }
  return {
    hypotheses: next,
    pruned: pruned ?? none,
    kept,
    dropped,
    prunedShare: dropped === 0 ? 0 : dropped / mass,
  }
}

/** The hypotheses with all weights multiplied by `factor`. */
export function scaled(hypotheses: readonly Hypothesis[], factor: number): Hypothesis[] {
  return hypotheses.map(({ context, node, weight }) => ({ context, node, weight: weight * factor }))
}

/** The likeliest hypothesis by live mass; the first of equals. */
export function likeliest(hypotheses: readonly Hypothesis[], vocabulary: Vocabulary): Hypothesis | null {
  let best: Hypothesis | null = null
  let most = -1
  for (const hypothesis of hypotheses) {
    const mass = liveMass(hypothesis, vocabulary)
    if (mass > most) {
      best = hypothesis
      most = mass
    }
  }
  return best
}
