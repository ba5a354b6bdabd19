import type { Vocabulary } from '../../src/core/lattice/vocabulary.ts'
import type { Member } from '../../src/members/member.ts'
import type { LoadedTokenizer } from '../../src/tokenizer/load-tokenizer.ts'
import { all, contextOf, foreignText, signal } from '../conformance/support.ts'
import type { TwinModel } from '../wire/kit/twin-model.ts'

/** Texts that the contract has tokenized. */
const texts = ['the', 'the state', foreignText]

/**
 * What a real server serves, as the contract compares with it: lists of one-token calls, the longest there are. Tokens are those of
 * the tokenizer file where there is one.
 */
export async function realModel(
  member: Member,
  tokenizer: LoadedTokenizer | null,
  room: number,
): Promise<{ model: TwinModel; maxTopK: number }> {
  const { model: name, vocabulary: learnt, capabilities } = await member.probe(signal)
  const { maxTopK } = capabilities
  const vocabulary = (tokenizer?.vocabulary ?? learnt) as Vocabulary
  const textless = (token: number) => vocabulary.bytes[token]?.length === 0
  const encoded = new Map<string, number[]>()
  let beginning: number | null = null
  for (const text of texts) {
    const tokens = [...(tokenizer?.encode(text) ?? (await member.tokenize(text, signal)))]
    if (textless(tokens[0]!)) beginning = tokens.shift()!
    encoded.set(text, tokens)
  }
  const known = new Map<string, Float64Array>()
  async function logProbs(context: readonly number[]): Promise<Float64Array> {
    const key = context.join()
    const before = known.get(key)
    if (before !== undefined) return before
    const options = { maxTokens: 1, topK: maxTopK, signal }
    const [step] = await all(member.continue(await contextOf(member, context), options))
    const dense = new Float64Array(vocabulary.size).fill(Number.NEGATIVE_INFINITY)
    step!.distribution.ids.forEach((id, i) => {
      dense[id] = step!.distribution.logProbs[i]!
    })
    known.set(key, dense)
    return dense
  }
  const fingerprint = tokenizer?.fingerprint ?? capabilities.vocabularyFingerprint!
  const model: TwinModel = {
    name,
    vocabulary,
    beginning,
    contextLength: capabilities.contextLength + room,
    tokenizer: {
      vocabulary,
      fingerprint,
      named: new Map(),
      sized: () => ({ vocabulary, fingerprint }),
      encode: () => new Int32Array(0),
    },
    logProbs,
    encode: (text) => encoded.get(text) ?? [...tokenizer!.encode(text)].filter((token) => !textless(token)),
  }
  return { model, maxTopK }
}
