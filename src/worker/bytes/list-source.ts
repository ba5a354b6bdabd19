import { fromDense } from '../../core/distribution/dense.ts'
import { fromListedTokens, type TokenDistribution } from '../../core/distribution/token-distribution.ts'
import { completeList, type UnlistedPolicy } from '../../core/lattice/completed-list.ts'
import { contextTokens, type LatticeContext } from '../../core/lattice/context.ts'
import type { Vocabulary } from '../../core/lattice/vocabulary.ts'
import { TuttiError } from '../../errors.ts'
import type { Step } from '../compute/messages.ts'
import type { Engine } from '../engine.ts'

/** The model's own lists for a lattice. */
export interface ListSource {
  /** Gives every context its list, in one batch as far as the model can. */
  fetch(contexts: readonly LatticeContext[], signal: AbortSignal): Promise<void>
}

export interface ListShape {
  /** 1 to the vocabulary size. */
  readonly topK: number
  readonly unlisted: UnlistedPolicy
}

/** What a member sees of the step on the wire: the same float32 values, so that a lattice here is bit for bit one there. */
function toDistribution({ ids, logProbs }: Step, topK: number, allIds: Int32Array): TokenDistribution {
  if (ids === null) return fromDense(logProbs, allIds)
  return fromListedTokens({ ids, logProbs, vocabularySize: allIds.length, topK })
}

function checkLength({ length }: LatticeContext, limit: number): void {
  if (length === 0) throw new TuttiError('invalid_request', 'prompt: holds no token', { param: 'prompt' })
  if (length <= limit) return
  const message = `the text has grown to ${length} tokens, which are more than the model's ${limit}`
  throw new TuttiError('context_length_exceeded', message)
}

export function defineListSource(
  { engine, contextLength }: { readonly engine: Engine; readonly contextLength: number },
  vocabulary: Vocabulary,
  { topK, unlisted }: ListShape,
): ListSource {
  const allIds = Int32Array.from({ length: vocabulary.size }, (_, id) => id)
  return {
    fetch: async (contexts, signal) => {
      for (const context of contexts) checkLength(context, contextLength)
      const steps = await engine.lists(contexts.map(contextTokens), topK, signal)
      for (const [i, context] of contexts.entries()) {
        context.list = completeList(toDistribution(steps[i] as Step, topK, allIds), vocabulary, unlisted)
      }
    },
  }
}
