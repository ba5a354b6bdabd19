import type { Pool } from './bounded.ts'
import { linearPool } from './linear.ts'
import { logLinearPool } from './log-linear.ts'
import { votePool } from './vote.ts'

/**
 * The pools that fuse one symbol, by the name that configurations use. Stacking (Wolpert 1992) is none of them: a trained
 * combination of the members' log-probabilities of labels, it has its place beside these once labels are classified.
 */
export const pools = {
  linear: linearPool,
  log_linear: logLinearPool,
  vote: votePool,
} as const satisfies Readonly<Record<string, Pool>>

export type PoolKind = keyof typeof pools
