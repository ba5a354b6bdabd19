import { chooseSymbol, type Sampling } from '../../core/decode/choose.ts'
import { beginningOf } from '../../core/lattice/beginning.ts'
import { ByteLattice } from '../../core/lattice/byte-lattice.ts'
import { endSymbol } from '../../core/lattice/symbols.ts'
import { GrowingText } from '../../core/lattice/text.ts'
import { defineVocabulary, type Vocabulary } from '../../core/lattice/vocabulary.ts'
import { TuttiError } from '../../errors.ts'
import { type TokenTable, toSource } from '../../tokenizer/token-table.ts'
import type { Tokenizer } from '../../tokenizer/tokenizer.ts'
import type { FinishReason } from '../compute/messages.ts'
import type { Engine } from '../engine.ts'
import { defineListSource, type ListShape } from './list-source.ts'
import { Place } from './place.ts'
import { type CacheLimits, PlaceCache } from './place-cache.ts'
import { Prefetch } from './prefetch.ts'

export interface ByteWalkRequest extends ListShape {
  readonly prompt: string
  /** Tokens that stand before the prompt as they are; undefined: those that begin the model's contexts. */
  readonly after: Int32Array | undefined
  /** Bytes that the text goes on with before the first step. */
  readonly forced: Uint8Array
  readonly tau: number
  readonly sampling: Sampling
  readonly maxSymbols: number
}

/** One symbol of the path; `place` is good until the next is asked for. */
export interface ByteWalkStep {
  readonly place: Place
  readonly symbol: number
  /** Forced bytes that were known already. */
  readonly known: number
}

/** Byte lattices over the worker's own model. */
export interface ByteWalks {
  /**
   * Steps along the model's own path; returns why it ended. Where a request starts from what an earlier one left, it does
   * what it would have done without.
   *
   * @throws TuttiError `context_length_exceeded` for a prompt that is too long, `invalid_request` for one without tokens.
   */
  walk(request: ByteWalkRequest, signal: AbortSignal): AsyncGenerator<ByteWalkStep, FinishReason>
}

interface Model {
  readonly engine: Engine
  readonly table: TokenTable
  readonly tokenizer: Tokenizer
  readonly contextLength: number
}

const encoder = new TextEncoder()

export function defineByteWalks(model: Model, limits: CacheLimits): ByteWalks {
  const { tokenizer, contextLength } = model
  const cache = new PlaceCache(limits)
  let ranked: Vocabulary | null = null

  function checkLength(tokens: number): void {
    if (tokens <= contextLength) return
    const message = `prompt: ${tokens} tokens are more than the model's ${contextLength}`
    throw new TuttiError('context_length_exceeded', message, { param: 'prompt' })
  }

  function newPlace({ after, tau, topK, unlisted }: ByteWalkRequest): Place {
    ranked ??= defineVocabulary(toSource(model.table))
    const lists = new Prefetch(defineListSource(model, ranked, { topK, unlisted }))
    const given = after?.length ?? 0
    checkLength(given)
    const tokenize = (text: string) => {
      const tokens = tokenizer.encode(text, { addSpecialTokens: after === undefined, parseSpecialTokens: false })
      checkLength(given + tokens.length)
      return tokens
    }
    return new Place(new ByteLattice(ranked, { tau, beginning: beginningOf(ranked) }), { lists, tokenize })
  }

  async function* walk(request: ByteWalkRequest, signal: AbortSignal): AsyncGenerator<ByteWalkStep, FinishReason> {
    const { prompt, after, forced, tau, topK, unlisted, sampling, maxSymbols } = request
    const start = JSON.stringify([tau, topK, unlisted, prompt, after && [...after]])
    const found = cache.find(start, forced)
    const place = found?.place.copy() ?? newPlace(request)
    if (found === null) await place.open(encoder.encode(prompt), after, signal)
    const known = found?.length ?? 0
    const text = new GrowingText()
    text.append(forced.subarray(0, known))
    let steps = 0
    let foreseen = 0
    try {
      for (;;) {
        if (found === null || text.length > known) {
          await place.ready(signal)
          cache.put(start, text.since(0), place.copy())
        }
        let byte = forced[text.length]
        if (byte === undefined) {
          const here = { ...sampling, step: sampling.step + steps }
          // Behind the last step nothing is needed.
          if (steps >= foreseen && steps + 1 < maxSymbols) foreseen = steps + Math.max(1, place.foresee(here, signal))
          byte = chooseSymbol(place.conditional().probabilities, here)
          steps++
          yield { place, symbol: byte, known }
          if (byte === endSymbol) return 'stop'
          if (steps === maxSymbols) return 'length'
        }
        await place.accept(byte, signal)
        text.push(byte)
      }
    } catch (error) {
      if (error instanceof TuttiError && error.code === 'context_length_exceeded') return 'context_length'
      throw error
    }
  }

  return { walk }
}
