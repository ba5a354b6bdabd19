import { onTestFinished } from 'vitest'
import { toMemberContext } from '../../src/ensemble/ask-list.ts'
import type { Context, Member, MemberStep } from '../../src/members/member.ts'
import { type Resilience, resilient } from '../../src/members/resilient/resilient-member.ts'
import { defineToyOf } from '../core/lattice/toy.ts'
import type { Twin, TwinOptions } from '../wire/kit/twin.ts'
import { ranked, smallVocabulary, type TwinModel, toyModel } from '../wire/kit/twin-model.ts'
import { type Entry, entries, type MemberChoice } from './entries.ts'

/** Text of any characters; what looks like a special token in it is text. */
export const foreignText = 'the people é😀 日本 </s> <|endoftext|>'

const patient: Resilience = {
  limits: { firstTokenMs: 120_000, betweenTokensMs: 60_000, totalMs: 240_000 },
  retries: { most: 0, firstMs: 1, longestMs: 1, budget: 0 },
  hedge: null,
  breaker: { failures: 1_000, openMs: 1 },
  gate: { most: 64, waiting: 64 },
}

export const signal = new AbortController().signal

/** A member of a fresh server of the model, both closed when the test ends. */
export async function started(entry: Entry, model: TwinModel, choice: MemberChoice = {}, options: TwinOptions = {}) {
  const subject = await entry.start(model, options)
  // As a configuration has it, but for retries: decorators keep to the contract too.
  const surroundings = { clock: () => performance.now(), random: Math.random }
  const member = resilient([subject.define(choice)], patient, surroundings)
  onTestFinished(async () => {
    await member.close()
    await subject.close()
  })
  return { member, subject }
}

/** The same for a protocol that has a twin, met once, so that faults hit the calls that come. */
export async function met(entry: Entry, model: TwinModel): Promise<{ member: Member; twin: Twin }> {
  const { member, subject } = await started(entry, model)
  await member.probe(signal)
  if (subject.twin === null) throw new Error(`${entry.kind} has no twin`)
  return { member, twin: subject.twin }
}

export async function steps(member: Member, tokens: readonly number[], maxTokens: number, topK = 20) {
  return all(member.continue(await contextOf(member, tokens), { maxTokens, topK, signal }))
}

/** Tokens as the member takes them: as they are, or as their text. */
export async function contextOf(member: Member, tokens: readonly number[]): Promise<Context> {
  const ids = Int32Array.from(tokens)
  // Others are not probed: what a probe finds out is what some tests are about.
  if (entries.find(({ kind }) => kind === member.kind)?.takesTokens) return { tokens: ids }
  return toMemberContext(ids, await member.probe(signal))!
}

/** The tokens that a server goes on from when it is sent these: those that it makes of their text, if it takes nothing else. */
export async function seen(member: Member, model: TwinModel, tokens: readonly number[]): Promise<readonly number[]> {
  const context = await contextOf(member, tokens)
  if ('tokens' in context) return tokens
  return [...(model.beginning === null ? [] : [model.beginning]), ...model.encode(context.text)]
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/**
 * Greatest difference of log-probabilities between a list and the likeliest tokens; infinite when others than those are in it. A
 * given token may be there beside them.
 *
 * @param lossy some of the likeliest may be missing.
 */
export async function distance(
  { distribution, token }: Pick<MemberStep, 'distribution'> & { readonly token?: number },
  model: TwinModel,
  context: readonly number[],
  lossy = false,
) {
  const { ids, logProbs } = distribution
  const truth = new Map((await ranked(model, context)).map(({ id, logProb }) => [id, logProb]))
  const least = [...truth.values()][ids.length - 1]!
  if (!lossy && [...ids].some((id) => id !== token && truth.get(id)! < least - 1e-4)) return Number.POSITIVE_INFINITY
  // A real server's reference has no more than its longest list, which a given token may be missing from.
  const known = [...ids.keys()].filter((i) => ids[i] !== token || truth.get(ids[i]!) !== Number.NEGATIVE_INFINITY)
  return Math.max(0, ...known.map((i) => Math.abs(logProbs[i]! - truth.get(ids[i]!)!)))
}

/** The text of a context, in whatever form a member gave it. */
export function textOf(context: Context, { vocabulary }: TwinModel): string {
  if ('text' in context) return context.text
  return Buffer.concat(Array.from(context.tokens, (token) => vocabulary.bytes[token]!)).toString()
}

/** A model of bytes, a few words and an end. */
export function smallModel(): TwinModel {
  return toyModel(defineToyOf(smallVocabulary([' the', 'é😀', 'th']), 5))
}
