import { argmax, logSoftmax } from '../../core/distribution/log-softmax.ts'
import { topK } from '../../core/distribution/top-k.ts'
import type { ComputeSettings, FinishReason, FromCompute, Job, Step } from './messages.ts'
import type { Held } from './states.ts'
import type { Walker } from './walker.ts'

/** A job in work: its tokens, how far its state has come, and what it still owes. */
export interface Row<H extends Held> {
  readonly id: number
  readonly job: Job
  /** Room for more tokens than there are; see `length`. */
  tokens: Int32Array
  length: number
  held: H
  /** Chooses its path; null for one that is greedy or given. */
  readonly walker: Walker | null
  /** Tokens of the context found in the cache. */
  readonly cached: number
  /** Tokens whose logits have been seen; a run may read the last of them again. */
  reached: number
  /** Steps sent, and steps the consumer took. */
  sent: number
  taken: number
  /** Number of the last turn it ran in. */
  turn: number
  /** In the running batch: its state belongs to the run until that ends. */
  busy: boolean
}

export type Reply = Extract<FromCompute, { kind: 'step' | 'logits' }>

export function contextOf(job: Job): number {
  return job.kind === 'score' ? job.context : job.tokens.length
}

export function pending(row: Row<Held>): number {
  return row.length - row.held.length
}

function push(row: Row<Held>, token: number): void {
  if (row.length === row.tokens.length) {
    const grown = new Int32Array(Math.max(16, row.length * 2))
    grown.set(row.tokens)
    row.tokens = grown
  }
  row.tokens[row.length++] = token
}

function stepOf(logProbs: Float32Array, token: number, k: number, end: boolean): Step {
  const logProb = logProbs[token] as number
  if (k >= logProbs.length) return { token, logProb, end, ids: null, logProbs }
  const ids = topK(logProbs, k)
  return { token, logProb, end, ids, logProbs: Float32Array.from(ids, (id) => logProbs[id] as number) }
}

/**
 * What the row answers to the logits after its first `position` tokens, or null where it owes nothing. A continuation
 * takes its next token in; `finish` says that the row is done.
 */
export function answer(
  row: Row<Held>,
  position: number,
  logits: Float32Array,
  offset: number,
  settings: Pick<ComputeSettings, 'contextLength'> & { vocabularySize: number; ends: ReadonlySet<number> },
): Reply | null {
  const { job, id, cached } = row
  if (job.kind === 'infer' || position < contextOf(job)) return null
  const logProbs = logSoftmax(logits, offset, settings.vocabularySize)
  row.sent++
  if (job.kind === 'score') {
    const token = job.tokens[position] as number
    const step = stepOf(logProbs, token, job.topK, settings.ends.has(token))
    return { kind: 'step', id, step, cached, finish: position + 1 === job.tokens.length ? 'length' : null }
  }
  const token = row.walker === null ? argmax(logProbs) : row.walker.next(logProbs)
  const step = stepOf(logProbs, token, job.topK, settings.ends.has(token))
  push(row, token)
  let finish: FinishReason | null = null
  if (step.end && job.stopAtEnd) finish = 'stop'
  else if (row.sent === job.maxTokens) finish = 'length'
  else if (row.length > settings.contextLength) finish = 'context_length'
  return { kind: 'step', id, step, cached, finish }
}
