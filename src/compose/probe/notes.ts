import { lacks } from '../../ensemble/ability.ts'
import type { Capabilities, Member, Probe } from '../../members/member.ts'

/** What is no fault of a member, and good to know, beside what a look at it has noted. */
export function notesOf(
  noted: readonly string[],
  { tokenContexts, basis }: Pick<Capabilities, 'tokenContexts' | 'basis'>,
): string[] {
  return [
    ...noted,
    ...(tokenContexts ? [] : ['contexts are text: what it would say at other token borders is never heard']),
    ...(basis === 'warped' ? ["its lists are what its sampler leaves, not the model's own"] : []),
  ]
}

/** What no ensemble can do with the member. */
export function inabilities(member: Member, probe: Probe): string[] {
  const by = (['token', 'byte'] as const).flatMap((granularity) => {
    const lack = lacks(granularity, member, probe)
    return lack === null ? [] : [`${granularity}: not possible: it ${lack}`]
  })
  return member.answer === undefined ? [...by, "answer: not possible: it can't write an answer of its own"] : by
}
