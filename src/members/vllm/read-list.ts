import type { TokenDistribution } from '../../core/distribution/token-distribution.ts'
import type { MemberStep } from '../member.ts'
import { brokenProtocol } from '../shared/failures.ts'
import type { ListShape } from '../shared/list-shape.ts'
import { toDistribution } from '../shared/listed-tokens.ts'
import type { NamedStep } from '../shared/text-steps.ts'

/** Keys are `token_id:12`, by `return_tokens_as_token_ids`. */
function idOf(token: string, member: string): number {
  const id = /^token_id:(\d+)$/.exec(token)?.[1]
  if (id === undefined)
    throw brokenProtocol(member, `the server names tokens by text (${JSON.stringify(token)}), not by id`)
  return Number(id)
}

/** The sampled token comes first and may be none of the k likeliest. */
export function toStep({ text, list }: NamedStep, shape: ListShape, member: string): MemberStep {
  const entries = list.map((entry) => ({ id: idOf(entry.text, member), logProb: entry.logProb }))
  return { distribution: toDistribution(entries, shape, member), token: idOf(text, member) }
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
