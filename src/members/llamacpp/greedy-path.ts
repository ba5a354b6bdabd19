import type { z } from 'zod'
import type { Vocabulary } from '../../core/lattice/vocabulary.ts'
import { TuttiError } from '../../errors.ts'
import type { ContinueOptions, MemberStep, QueryOptions } from '../member.ts'
import { checkShape } from '../shared/check-shape.ts'
import type { HttpClient } from '../shared/http-client.ts'
import type { ListShape } from '../shared/list-shape.ts'
import { argmax } from '../shared/listed-tokens.ts'
import { readEvent } from '../shared/read-event.ts'
import { readList } from '../shared/read-list.ts'
import { type CallOptions, tellCounts } from '../shared/server-usage.ts'
import { listBody, streamBody } from './completion-body.ts'
import type { Known } from './meet-server.ts'
import { completionSchema, eventSchema } from './wire-schemas.ts'

/**
 * The model's greedy continuation. A stream says nothing of a token that leaves a character unfinished, and a call whose
 * continuation begins inside a character fails (500): through characters of several tokens the path goes in one-token
 * calls, and streams where the text is whole.
 */
export async function* greedyPath(
  http: HttpClient,
  member: string,
  known: Known,
  context: Int32Array,
  { maxTokens, topK, ...call }: ContinueOptions,
): AsyncGenerator<MemberStep, void> {
  const { vocabulary } = known
  const tokens = Array.from(context)
  const last = tokens.length + Math.min(maxTokens, known.contextLength + 1 - tokens.length)
  const goesOn = (step: MemberStep) => {
    tokens.push(step.token)
    return !vocabulary.end.has(step.token) && tokens.length < last
  }
  while (tokens.length < last) {
    const alone = tokens.length + 1 === last || endsInsideCharacter(tokens, vocabulary)
    const streamed = alone
      ? []
      : streamedSteps(http, member, known, tokens, { ...call, maxTokens: last - tokens.length, topK })
    for await (const step of streamed) {
      yield step
      if (!goesOn(step)) return
    }
    const step = await oneStep(http, member, known, tokens, { ...call, topK })
    yield step
    if (!goesOn(step)) return
  }
}

/** The first step of it alone, by a call of its own. */
export async function oneStep(
  http: HttpClient,
  member: string,
  known: Known,
  prompt: number[],
  { topK, ...call }: QueryOptions,
) {
  const answer = await http.post('/completion', listBody(prompt, topK, known.anchor), call.signal)
  const [distribution] = readAnswers([answer], { vocabularySize: known.vocabulary.size, topK }, member, call)
  if (distribution === undefined) throw new TuttiError('internal', 'one answer has one list')
  return { distribution, token: argmax(distribution) }
}

/** The list of each answer to a `listBody`, in the order of the prompts. */
export function readAnswers(answers: readonly unknown[], shape: ListShape, member: string, call: CallOptions) {
  const checked = answers.map((answer) => checkShape(completionSchema, answer, member, 'a completion'))
  tellCounts(call, checked.map(countsOf))
  return checked
    .toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0))
    .map(({ completion_probabilities: [first] }) => {
      if (first !== undefined) return readList(first.top_logprobs, shape, member)
      throw new TuttiError('member_protocol', `${member}: a completion has no list`, { member })
    })
}

function countsOf({ tokens_evaluated: prompt, timings }: Counted) {
  return { prompt, cached: timings?.cache_n }
}

type Counted = Pick<z.infer<typeof eventSchema>, 'tokens_evaluated' | 'timings'>

/** Steps as long as the stream tells of every token; ends early, without fault, where it has passed one over. */
async function* streamedSteps(
  http: HttpClient,
  member: string,
  { vocabulary }: Known,
  prompt: readonly number[],
  { maxTokens, topK, ...call }: ContinueOptions,
): AsyncGenerator<MemberStep, void> {
  let told = 0
  for await (const data of http.events('/completion', streamBody([...prompt], maxTokens, topK), call.signal)) {
    const event = readEvent(eventSchema, data, member, (code) => (code === 'exceed_context_size_error' ? 400 : 503))
    const { completion_probabilities: lists, tokens_predicted: made } = event
    if (made > told + lists.length) return
    for (const { id, top_logprobs: list } of lists) {
      told++
      yield { distribution: readList(list, { vocabularySize: vocabulary.size, topK }, member), token: id }
    }
    if (!event.stop) continue
    tellCounts(call, [countsOf(event)])
    return
  }
  throw new TuttiError('member_protocol', `${member}: the stream ended without a finish`, { member })
}

/** Whether the tokens end in the middle of a UTF-8 character (RFC 3629 §3). */
function endsInsideCharacter(tokens: readonly number[], { bytes }: Vocabulary): boolean {
  let continuations = 0
  for (let i = tokens.length - 1; i >= 0; i--) {
    const token = bytes[tokens[i] as number] ?? new Uint8Array(0)
    for (let at = token.length - 1; at >= 0; at--) {
      const byte = token[at] as number
      if (byte < 0x80 || continuations > 3) return false
      if (byte >= 0xc0) return continuations < (byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1)
      continuations++
    }
  }
  return false
}
