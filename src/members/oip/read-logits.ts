import { fromDense } from '../../core/distribution/dense.ts'
import { logSoftmax } from '../../core/distribution/log-softmax.ts'
import { fromListedTokens, type TokenDistribution } from '../../core/distribution/token-distribution.ts'
import { topK } from '../../core/distribution/top-k.ts'
import { TuttiError } from '../../errors.ts'
import { blame, brokenProtocol } from '../shared/failures.ts'
import type { Tensor } from './read-tensor.ts'

/** What lists of a model are made with. */
export interface Lists {
  /** Logits of one position. */
  readonly width: number
  /** Of the vocabulary, which may have more tokens than the model scores. */
  readonly vocabularySize: number
  /** Ids of the vocabulary in order. */
  readonly allIds: Int32Array
}

/**
 * The last `count` distributions of every row: logits [rows, positions, width], or [rows, width] from a model that gives the last
 * position alone.
 *
 * @throws TuttiError `member_protocol` for another shape, `invalid_distribution` for logits that are no numbers.
 */
export function readLogits(
  { shape, values }: Tensor,
  asked: { readonly rows: number; readonly count: number; readonly topK: number },
  lists: Lists,
  member: string,
): TokenDistribution[][] {
  const { width } = lists
  const positions = values.length / width / asked.rows
  if (shape.at(-1) !== width || !Number.isInteger(positions) || positions < asked.count) {
    const what = `${asked.count} of each of ${asked.rows} rows`
    throw brokenProtocol(member, `logits [${shape}] are not ${what}, ${width} wide`)
  }
  return Array.from({ length: asked.rows }, (_, row) =>
    Array.from({ length: asked.count }, (_, i) => {
      const position = (row + 1) * positions - asked.count + i
      return toList(values, position * width, asked.topK, lists, member)
    }),
  )
}

function toList(values: Float32Array, offset: number, k: number, lists: Lists, member: string): TokenDistribution {
  const { width, vocabularySize, allIds } = lists
  try {
    const logProbs = logSoftmax(values, offset, width)
    if (k >= vocabularySize) return fromDense(logProbs, allIds)
    const ids = topK(logProbs, k)
    return fromListedTokens({ ids, logProbs: Array.from(ids, (id) => logProbs[id] as number), vocabularySize, topK: k })
  } catch (error) {
    if (!(error instanceof RangeError)) throw blame(member, error)
    throw new TuttiError('invalid_distribution', `${member}: ${error.message}`, { member, cause: error })
  }
}
