import { chooseSymbol, type Sampling } from '../../core/decode/choose.ts'
import { fromDense } from '../../core/distribution/dense.ts'
import { completeList } from '../../core/lattice/completed-list.ts'
import { type LatticeContext, rootContext } from '../../core/lattice/context.ts'
import { TokenPath } from '../../core/lattice/token-path.ts'
import { utf8After } from '../../core/lattice/utf8.ts'
import { defineVocabulary, type Vocabulary, type VocabularySource } from '../../core/lattice/vocabulary.ts'
import { TuttiError } from '../../errors.ts'

/**
 * Chooses the tokens of a continuation as an ensemble of this one member would at token granularity, with the same noise, so
 * that the path agrees with that of an ensemble as often as the distributions do.
 */
export interface Walker {
  /**
   * The token that the path goes on with; the likeliest end token where the text ends.
   *
   * @param logProbs of the whole vocabulary by id.
   * @throws TuttiError `dead_lattice` when no token goes on with the text.
   */
  next(logProbs: Float32Array): number
}

/** Makes walkers once it knows the tokens. */
export interface Walkers {
  learn(source: VocabularySource): void
  start(context: Int32Array, sampling: Sampling): Walker
}

/** No character has more bytes (RFC 3629 §3). */
const longestCharacter = 4

/** Bytes of the last tokens, enough of them to tell where the text stands inside a character. */
function tailOf(tokens: Int32Array, { bytes }: Vocabulary): Uint8Array {
  const tail: number[] = []
  for (let i = tokens.length - 1; i >= 0 && tail.length < longestCharacter; i--) {
    tail.unshift(...(bytes[tokens[i] as number] as Uint8Array))
  }
  return Uint8Array.from(tail)
}

function likeliestEnd(logProbs: Float32Array, { end }: Vocabulary): number {
  let best = -1
  for (const id of end) if (best < 0 || (logProbs[id] as number) > (logProbs[best] as number)) best = id
  return best
}

function defineWalker(vocabulary: Vocabulary, ids: Int32Array, context: Int32Array, sampling: Sampling): Walker {
  const path = new TokenPath(vocabulary, rootContext(context), utf8After(tailOf(context, vocabulary)))
  let { step } = sampling
  return {
    next: (logProbs) => {
      const [context] = path.contexts() as readonly [LatticeContext]
      context.list = completeList(fromDense(logProbs, ids), vocabulary)
      const { probabilities, mass } = path.conditional()
      if (!(mass > 0)) throw new TuttiError('dead_lattice', 'no token of the vocabulary goes on with the text so far')
      const symbol = chooseSymbol(probabilities, { ...sampling, step: step++ })
      const token = symbol === path.alphabet.end ? likeliestEnd(logProbs, vocabulary) : symbol
      path.accept(token)
      return token
    },
  }
}

export function defineWalkers(): Walkers {
  let source: VocabularySource | null = null
  let known: { readonly vocabulary: Vocabulary; readonly ids: Int32Array } | null = null
  return {
    learn: (vocabulary) => {
      source = vocabulary
    },
    start: (context, sampling) => {
      if (source === null) throw new TuttiError('internal', 'a job walks before the vocabulary is known')
      // Ranking a large vocabulary takes a while: done for the first who asks.
      known ??= { vocabulary: defineVocabulary(source), ids: Int32Array.from(source.bytes, (_, id) => id) }
      return defineWalker(known.vocabulary, known.ids, context, sampling)
    },
  }
}
