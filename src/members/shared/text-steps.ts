import type { TextDistribution } from '../../core/distribution/text-distribution.ts'
import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { MemberStep, TextStep } from '../member.ts'
import { idsByText, type TextEntry, toKnownDistribution, tokenBytes, toTextDistribution } from './listed-texts.ts'
import { argmax } from './listed-tokens.ts'

/** One step of a continuation as a server tells it that names tokens by text. */
export interface NamedStep {
  readonly text: string
  readonly list: readonly TextEntry[]
}

/**
 * Steps with the ids of a tokenizer file. The path is left where the text of its token does not tell the token: the list before it
 * still counts.
 */
export function knownSteps(tokenizer: LoadedTokenizer, member: string) {
  const { vocabulary } = tokenizer
  const idOf = idsByText(tokenizer)
  const shapeOf = (topK: number) => ({ vocabularySize: vocabulary.size, topK })
  return {
    list: (entries: readonly TextEntry[], topK: number) => toKnownDistribution(entries, idOf, shapeOf(topK), member),
    async *along(steps: AsyncIterable<NamedStep>, topK: number, chosen: boolean): AsyncGenerator<MemberStep, void> {
      for await (const { text, list } of steps) {
        const distribution = toKnownDistribution(list, idOf, shapeOf(topK), member)
        const likeliest = argmax(distribution)
        const instead = likeliest < 0 ? (vocabulary.idAt[0] as number) : likeliest
        const token = chosen ? idOf(text) : instead
        yield { distribution, token: token ?? instead }
        if (token === null || vocabulary.end.has(token)) return
      }
    },
  }
}

/** A list without a tokenizer file. */
export function textList(list: readonly TextEntry[], topK: number, member: string): TextDistribution {
  const entries = list.map(({ text, logProb }) => ({ bytes: tokenBytes(text), logProb }))
  return toTextDistribution(entries, topK, member)
}

/** Steps without a tokenizer file. */
export async function* textSteps(
  steps: AsyncIterable<NamedStep>,
  topK: number,
  member: string,
): AsyncGenerator<TextStep, void> {
  for await (const { text, list } of steps) {
    const bytes = tokenBytes(text)
    yield { distribution: textList(list, topK, member), bytes }
    if (bytes === null || bytes.length === 0) return
  }
}
