import { randomInt } from 'node:crypto'
import { StopMatcher } from '../../core/decode/stopping.ts'
import type { Vocabulary } from '../../core/lattice/vocabulary.ts'
import type { Answer, AnswerAlternative, AnswerRequest, AnswerToken, ContinueOptions } from '../member.ts'
import type { ToldStep } from './told-steps.ts'

/** Seeds that nobody gives are drawn below this. */
const seeds = 2 ** 48 - 1

/**
 * An answer out of the model's own walk after a conversation: the worker samples by given noise, and what ends an answer is decided
 * here.
 *
 * @param walked the steps after the conversation.
 */
export async function workerAnswer(
  walked: (options: ContinueOptions) => AsyncIterable<ToldStep>,
  vocabulary: Vocabulary,
  promptTokens: number,
  { maxTokens, temperature, topP, seed, stop, topK }: AnswerRequest,
  signal: AbortSignal,
): Promise<Answer> {
  const walk = { seed: seed ?? randomInt(seeds), step: 0, temperature, topP, minP: 0 }
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const stops = new StopMatcher(stop)
  const tokens: AnswerToken[] = []
  let text = ''
  let made = 0
  let finish: Answer['finish'] = 'length'
  for await (const { token, logProb, distribution } of walked({ maxTokens, topK: Math.max(1, topK), signal, walk })) {
    made++
    if (vocabulary.end.has(token)) {
      finish = 'stop'
      break
    }
    const { ids, logProbs } = distribution
    const alternatives = Array.from(ids, (id, i) => alternative(vocabulary, id, logProbs[i] as number))
    if (topK > 0) tokens.push({ ...alternative(vocabulary, token, logProb), alternatives })
    const released = stops.push(decoder.decode(vocabulary.bytes[token], { stream: true }))
    text += released.text
    if (!released.stopped) continue
    finish = 'stop'
    break
  }
  // A character that the end has left unfinished is no text.
  const usage = { promptTokens, answerTokens: made }
  return { text: text + stops.flush(), finish, tokens: topK > 0 ? tokens : null, usage }
}

function alternative({ bytes: all }: Vocabulary, token: number, logProb: number): AnswerAlternative {
  const bytes = all[token] as Uint8Array
  return { text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), bytes, logProb }
}
