import type { TokenDistribution } from '../../core/distribution/token-distribution.ts'
import { TuttiError } from '../../errors.ts'
import type { ListShape } from './list-shape.ts'
import { type Entry, toDistribution } from './listed-tokens.ts'

/**
 * A list of `{ id, logprob }`.
 *
 * @throws TuttiError `member_protocol` for an entry of another shape; else as `toDistribution`.
 */
export function readList(topLogprobs: readonly unknown[], shape: ListShape, member: string): TokenDistribution {
  return toDistribution(
    topLogprobs.map((entry) => readEntry(entry, member)),
    shape,
    member,
  )
}

// By hand: a list of a whole vocabulary comes with every call.
function readEntry(value: unknown, member: string): Entry {
  if (typeof value === 'object' && value !== null && 'id' in value && 'logprob' in value) {
    const { id, logprob } = value
    if (typeof id === 'number' && (typeof logprob === 'number' || logprob === null)) return { id, logProb: logprob }
  }
  throw new TuttiError('member_protocol', `${member}: an entry of a list has the wrong shape`, { member })
}
