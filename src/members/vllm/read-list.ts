import type { z } from 'zod'
import type { TokenDistribution } from '../../core/distribution/token-distribution.ts'
import type { MemberStep } from '../member.ts'
import { brokenProtocol } from '../shared/failures.ts'
import type { ListShape } from '../shared/list-shape.ts'
import { toDistribution } from '../shared/listed-tokens.ts'
import type { logprobsSchema } from './wire-schemas.ts'

function idOf(token: string, member: string): number {
  const id = /^token_id:(\d+)$/.exec(token)?.[1]
  if (id === undefined)
    throw brokenProtocol(member, `the server names tokens by text (${JSON.stringify(token)}), not by id`)
  return Number(id)
}

/** The sampled token comes first and may be none of the k likeliest. */
export function readSteps(
  { tokens, top_logprobs: lists }: z.infer<typeof logprobsSchema>,
  shape: ListShape,
  member: string,
): MemberStep[] {
  if (tokens.length !== lists.length) throw brokenProtocol(member, `${tokens.length} tokens have ${lists.length} lists`)
  return tokens.map((token, i) => {
    const list = Object.entries(lists[i] ?? {}).map(([key, logProb]) => ({ id: idOf(key, member), logProb }))
    return { distribution: toDistribution(list, shape, member), token: idOf(token, member) }
  })
}

/** A list of `prompt_logprobs`, which is keyed by bare ids. */
export function readPromptList(
  list: Readonly<Record<string, { readonly logprob: number | null }>> | null | undefined,
  shape: ListShape,
  member: string,
): TokenDistribution {
  if (!list) throw brokenProtocol(member, 'a token of the continuation has no list')
  const entries = Object.entries(list).map(([id, { logprob }]) => ({ id: Number(id), logProb: logprob }))
  return toDistribution(entries, shape, member)
}
