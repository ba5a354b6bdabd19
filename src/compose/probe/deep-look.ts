import type { Context, Member, MemberStep, Probe } from '../../members/member.ts'
import { apart, nearlyEqual } from './apart.ts'
import { type Failure, failureOf } from './failure.ts'
import { nextList } from './next-list.ts'
import { plainText } from './spelling.ts'

export interface DeepLook {
  readonly topK: number
  readonly basis: 'raw' | 'warped'
  readonly basisSeen: boolean
  readonly failures: readonly Failure[]
}

const entries = 8
/** Far enough from 1 that a list which is warped by it is another list, and the most that servers take. */
const warm = 2

/**
 * Holds what a member with known tokens declares against what it does. Each check stands for itself: one that fails says why,
 * and the others go on.
 */
export async function deepLook(
  member: Member,
  { capabilities, vocabulary }: Probe,
  signal: AbortSignal,
): Promise<DeepLook> {
  const failures: Failure[] = []
  const topK = Math.min(entries, capabilities.maxTopK)
  const context: Context = capabilities.tokenContexts
    ? { tokens: await member.tokenize(plainText, signal) }
    : { text: plainText }

  async function check<T>(name: string, run: () => Promise<T>): Promise<T | null> {
    try {
      return await run()
    } catch (error) {
      failures.push(failureOf(name, error))
      return null
    }
  }
  function fail(name: string, reason: string, remedy: string): void {
    failures.push({ check: name, reason, remedy })
  }

  const longest = await check('top-k', () => nextList(member, context, { topK: capabilities.maxTopK, signal }))
  if (longest !== null && longest.ids.length < Math.min(capabilities.maxTopK, vocabulary?.size ?? 0)) {
    fail('top-k', `asked for ${capabilities.maxTopK} tokens, it lists ${longest.ids.length}`, 'set `top_k` to that')
  }

  const path = await check('stream', () => taken(member, context, topK, signal))
  if (path !== null && path.length === 0) fail('stream', 'its stream has no tokens', "see the server's log")
  const [first, second] = path ?? []
  if (first && second && 'tokens' in context) {
    const longer = { tokens: Int32Array.from([...context.tokens, first.token]) }
    const list = await check('ids', () => nextList(member, longer, { topK, signal }))
    if (list !== null && apart(list, second.distribution) > nearlyEqual) {
      fail(
        'ids',
        'after the ids of its own stream it says other things than in the stream',
        'use another server version',
      )
    }
  }
  if (first && second && member.score) {
    const given = Int32Array.of(first.token, second.token)
    const scored = await check('scoring', async () => member.score?.(context, given, { topK, signal }))
    const differs = scored?.some(({ distribution }, i) => {
      const own = (path as readonly MemberStep[])[i]
      return own !== undefined && apart(distribution, own.distribution) > nearlyEqual
    })
    if (differs) fail('scoring', 'its scores are not the lists of its stream', 'use another server version')
  }
  const heated = await check('basis', async () => member.listAt?.(warm, context, { topK, signal }))
  const declared = capabilities.basis
  const basis = !heated || !first ? declared : apart(heated, first.distribution) > nearlyEqual ? 'warped' : 'raw'
  return {
    topK: longest?.ids.length ?? capabilities.maxTopK,
    basis,
    basisSeen: Boolean(heated && first),
    failures,
  }
}

async function taken(member: Member, context: Context, topK: number, signal: AbortSignal): Promise<MemberStep[]> {
  const steps: MemberStep[] = []
  for await (const step of member.continue(context, { maxTokens: 3, topK, signal })) steps.push(step)
  return steps
}
