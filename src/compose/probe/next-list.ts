import type { TokenDistribution } from '../../core/distribution/token-distribution.ts'
import { TuttiError } from '../../errors.ts'
import type { Context, Member, QueryOptions } from '../../members/member.ts'

/** A member's list of what comes next. */
export async function nextList(member: Member, context: Context, options: QueryOptions): Promise<TokenDistribution> {
  let first: TokenDistribution | null = null
  for await (const { distribution } of member.continue(context, { ...options, maxTokens: 1 })) first ??= distribution
  if (first !== null) return first
  throw new TuttiError('member_protocol', `${member.id}: a call for one token was answered without a list`, {
    member: member.id,
  })
}
