import type { z } from 'zod'
import type { TokenDistribution } from '../../core/distribution/token-distribution.ts'
import type { MemberStep } from '../member.ts'
import { brokenProtocol, fromStatus } from '../shared/failures.ts'
import type { ListShape } from '../shared/list-shape.ts'
import { type Entry, toDistribution } from '../shared/listed-tokens.ts'
import { type CallOptions, tellCounts } from '../shared/server-usage.ts'
import type { metaSchema } from './wire-schemas.ts'

type Meta = z.infer<typeof metaSchema>

/**
 * The steps that an answer tells beyond the first `told`. Lists of a stream repeat those of the events before, unless the server
 * runs with `--incremental-streaming-output`; the count of tokens is of the whole path either way.
 *
 * @throws TuttiError also for a call that the scheduler has given up, which is an answer like others.
 */
export function readSteps(meta: Meta, told: number, shape: ListShape, member: string): MemberStep[] {
  refuseAbort(meta, member)
  const { completion_tokens: all, output_token_logprobs: tokens, output_top_logprobs: lists } = meta
  const made = (all ?? 0) - told
  const length = lists?.length ?? 0
  if (tokens?.length !== lists?.length || (length !== made && length !== all)) {
    throw brokenProtocol(member, `${made} new tokens of ${all} have ${length} lists`)
  }
  return Array.from({ length: made }, (_, i) => ({
    distribution: distributionOf(lists?.at(i - made), [], shape, member),
    token: entryOf(tokens?.at(i - made), member).id,
  }))
}

/**
 * The lists along given tokens, the last of the prompt. The server names the last token of the vocabulary 0 in
 * `input_token_logprobs`, so ids are those that were given.
 */
export function readScores(meta: Meta, given: Int32Array, shape: ListShape, member: string): MemberStep[] {
  refuseAbort(meta, member)
  const { input_token_logprobs: tokens, input_top_logprobs: lists } = meta
  return Array.from(given, (token, i) => {
    const { logProb } = entryOf(tokens?.at(i - given.length), member)
    return { distribution: distributionOf(lists?.at(i - given.length), [{ id: token, logProb }], shape, member), token }
  })
}

/** What the server counted in the calls that it answers. */
export function tellMeta(call: CallOptions, answers: readonly Meta[]): void {
  tellCounts(
    call,
    answers.map(({ prompt_tokens: prompt, cached_tokens: cached }) => ({ prompt, cached })),
  )
}

function refuseAbort({ finish_reason: finish }: Meta, member: string): void {
  if (finish?.type !== 'abort') return
  const refusal = { message: finish.message ?? 'the call was aborted', code: null, retryAfterMs: null }
  throw fromStatus(member, finish.status_code === 400 ? 400 : 503, refusal)
}

/** @param own entries that may be none of the likeliest. */
function distributionOf(list: unknown, own: readonly Entry[], shape: ListShape, member: string): TokenDistribution {
  // A list without entries is null.
  if (list === null) return toDistribution([], shape, member)
  if (!Array.isArray(list)) throw brokenProtocol(member, 'a token has no list')
  const listed = list.map((entry) => entryOf(entry, member))
  const others = own.filter((one) => listed.every(({ id }) => id !== one.id))
  return toDistribution([...listed, ...others], shape, member)
}

/** `[log-probability, id, text]`. */
function entryOf(value: unknown, member: string): Entry {
  if (Array.isArray(value)) {
    const [logProb, id]: unknown[] = value
    if (typeof id === 'number' && (typeof logProb === 'number' || logProb === null)) return { id, logProb }
  }
  throw brokenProtocol(member, 'an entry of a list has the wrong shape')
}
