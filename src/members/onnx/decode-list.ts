import { fromDense } from '../../core/distribution/dense.ts'
import { fromListedTokens, type TokenDistribution } from '../../core/distribution/token-distribution.ts'
import { TuttiError } from '../../errors.ts'
import { blame } from '../shared/failures.ts'

/** Bytes of a base64 string in an array of 4-byte numbers, little-endian. */
function memoryOf(base64: string, member: string): ArrayBuffer {
  const bytes = Buffer.byteLength(base64, 'base64')
  const memory = new ArrayBuffer(bytes)
  const written = Buffer.from(memory).write(base64, 'base64')
  if (written === bytes && bytes % 4 === 0) return memory
  throw new TuttiError('member_protocol', `${member}: a list is not base64 of 4-byte numbers`, { member })
}

export function decodeInt32(base64: string, member: string): Int32Array {
  return new Int32Array(memoryOf(base64, member))
}

export interface ListShape {
  readonly topK: number
  /** All ids of the vocabulary in order. */
  readonly allIds: Int32Array
}

/**
 * A list as the worker sends it in base64: with ids, or the whole vocabulary without.
 *
 * @throws TuttiError `member_protocol`, `invalid_distribution`, `filtered_list`.
 */
export function decodeList(
  top: { readonly ids?: string | undefined; readonly log_probs: string },
  { topK, allIds }: ListShape,
  member: string,
): TokenDistribution {
  const logProbs = new Float32Array(memoryOf(top.log_probs, member))
  const ids = top.ids === undefined ? allIds : decodeInt32(top.ids, member)
  if (ids.length !== logProbs.length) {
    throw new TuttiError(
      'member_protocol',
      `${member}: a list of ${ids.length} ids has ${logProbs.length} log-probabilities`,
      { member },
    )
  }
  try {
    if (top.ids === undefined) return fromDense(logProbs, allIds)
    return fromListedTokens({ ids, logProbs, vocabularySize: allIds.length, topK })
  } catch (error) {
    throw blame(member, error)
  }
}
