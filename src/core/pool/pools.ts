import type { Pool } from './bounded.ts'
import { linearPool } from './linear.ts'
import { logLinearPool } from './log-linear.ts'
import { votePool } from './vote.ts'

/**
 * The pools that fuse one symbol, by the name that configurations use. Stacking is none of them: it is
 * trained for given labels (stacking.ts).
 */
export const pools = {
  linear: linearPool,
  log_linear: logLinearPool,
  vote: votePool,
} as const satisfies Readonly<Record<string, Pool>>

export type PoolKind = keyof typeof pools
