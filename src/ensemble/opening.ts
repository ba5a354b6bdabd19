import type { Granularity } from '../core/lattice/alphabet.ts'
import { beginningOf } from '../core/lattice/beginning.ts'
import { TuttiError } from '../errors.ts'
import type { ChatMessage, Context, Member } from '../members/member.ts'
import { vocabularyOf } from './ask-list.ts'
import type { PlannedMember } from './present.ts'
import { noChat, type Prompt, specialFront } from './prompt.ts'

/** Where a member's path starts: at the end of a text, behind given tokens if there are any. */
export interface Opening {
  readonly text: Uint8Array
  readonly after?: Int32Array
}

/**
 * The opening of a prompt that is a text for every member; null for one that a member must be asked about, as it must be about
 * the empty text: no model goes on from nothing.
 */
export function plainOpening(prompt: Prompt, granularity: Granularity): Opening | null {
  const plain = prompt.kind === 'text' || (prompt.kind === 'tokens' && granularity === 'byte')
  return plain && prompt.text.length > 0 ? { text: prompt.text } : null
}

export async function openingOf(
  prompt: Prompt,
  planned: PlannedMember,
  granularity: Granularity,
  signal: AbortSignal,
): Promise<Opening> {
  switch (prompt.kind) {
    case 'text':
      return textOpening(prompt.text, planned, signal)
    case 'chat':
      return chatOpening(prompt, planned, signal)
    case 'tokens': {
      if (granularity === 'byte') return textOpening(prompt.text, planned, signal)
      if (specialFront(prompt.pieces) > 0) return { text: nothing, after: prompt.tokens }
      const front = await planned.seat.member.tokenize('', signal)
      return { text: nothing, after: Int32Array.from([...front, ...prompt.tokens]) }
    }
    case 'beginning': {
      const given = granularity === 'token' && prompt.front.length > 0
      return given ? { text: prompt.text, after: prompt.front } : behindBeginning(prompt.text, planned, signal)
    }
  }
}

const nothing = new Uint8Array(0)

async function textOpening(text: Uint8Array, planned: PlannedMember, signal: AbortSignal): Promise<Opening> {
  return text.length > 0 ? { text } : behindBeginning(text, planned, signal)
}

/** A text behind the tokens that begin every context of the member. */
async function behindBeginning(text: Uint8Array, planned: PlannedMember, signal: AbortSignal): Promise<Opening> {
  // Nobody knows which tokens those are; its server does.
  if (planned.probe.vocabulary === null) return { text }
  return { text, after: await beginning(planned, signal) }
}

async function chatOpening(
  { messages, text }: Extract<Prompt, { kind: 'chat' }>,
  { seat }: PlannedMember,
  signal: AbortSignal,
): Promise<Opening> {
  const { member } = seat
  const context = await rendered(member, messages, signal)
  if ('tokens' in context) return { text, after: context.tokens }
  return { text: Buffer.concat([Buffer.from(context.text), text]) }
}

/** Statuses of servers that say something of what they were sent. Others say it of themselves, or of how they are configured. */
const ofTheMessages: ReadonlySet<number> = new Set([400, 422])

/** @throws TuttiError of the request where the member's server refuses the messages: others would refuse them too. */
async function rendered(member: Member, messages: readonly ChatMessage[], signal: AbortSignal): Promise<Context> {
  if (member.chat === undefined) throw noChat(member.id)
  try {
    return await member.chat(messages, signal)
  } catch (cause) {
    if (!(cause instanceof TuttiError) || cause.code !== 'member_rejected') throw cause
    if (cause.serverStatus !== null && !ofTheMessages.has(cause.serverStatus)) throw cause
    const message = `member "${member.id}" can't render the messages: ${cause.message}`
    throw new TuttiError('unsupported_parameter', message, { param: 'messages', member: member.id, cause })
  }
}

/** The tokens that its tokenizer puts before a text; where it puts none, what stands in for them. */
async function beginning({ seat, probe }: PlannedMember, signal: AbortSignal): Promise<Int32Array> {
  const tokens = await seat.member.tokenize('', signal)
  if (tokens.length > 0) return tokens
  const end = beginningOf(vocabularyOf(probe))
  if (end.length > 0) return end
  const message = 'nothing begins a text: its tokenizer puts no token before one, and its vocabulary has no end'
  throw new TuttiError('member_rejected', message, { member: seat.member.id })
}
