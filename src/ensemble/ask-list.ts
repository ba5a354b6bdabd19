import type { TokenDistribution } from '../core/distribution/token-distribution.ts'
import { completeList, type UnlistedPolicy } from '../core/lattice/completed-list.ts'
import { contextTokens, type LatticeContext } from '../core/lattice/context.ts'
import type { PathContext } from '../core/lattice/symbol-path.ts'
import type { TextContext } from '../core/lattice/text-frontier.ts'
import { completeTexts } from '../core/lattice/text-list.ts'
import type { Vocabulary } from '../core/lattice/vocabulary.ts'
import { TuttiError } from '../errors.ts'
import type { Context, ContinueOptions, Member, Probe, ServerUsage } from '../members/member.ts'

export interface AskedList {
  readonly probe: Probe
  readonly unlisted: UnlistedPolicy
  readonly topK: number
  readonly signal: AbortSignal
  readonly onUsage?: (usage: ServerUsage) => void
}

/** Asks a member for the list of one context, be it tokens or text, and returns how many tokens it held. */
export async function askList(member: Member, context: PathContext, asked: AskedList): Promise<number> {
  const { topK, signal, onUsage } = asked
  const options = { maxTokens: 1, topK, signal, onUsage }
  return 'text' in context ? askText(member, context, asked, options) : askTokens(member, context, asked, options)
}

async function askTokens(member: Member, context: LatticeContext, asked: AskedList, options: ContinueOptions) {
  const vocabulary = vocabularyOf(asked.probe)
  const sent = toMemberContext(contextTokens(context), asked.probe)
  const distribution =
    sent === null
      ? nothingKnown(vocabulary.size)
      : await (member.list?.(sent, options) ?? first(member.continue(sent, options)))
  context.list = completeList(distribution, vocabulary, asked.unlisted)
  return distribution.ids.length
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

async function askText(member: Member, context: TextContext, asked: AskedList, options: ContinueOptions) {
  const text = decoder.decode(context.text)
  const list = await (member.listText?.(text, options) ?? first(member.continueText?.(text, options) ?? nothing()))
  context.list = completeTexts(list, asked.unlisted)
  return context.list.listed
}

async function* nothing(): AsyncGenerator<never, void> {}

async function first<D>(steps: AsyncIterable<{ readonly distribution: D }>): Promise<D> {
  let found: D | null = null
  // Read to the end, so that the connection can be used again.
  for await (const { distribution } of steps) found ??= distribution
  if (found === null) throw new TuttiError('member_protocol', 'the member answered without a distribution')
  return found
}

/** The vocabulary of a member that is known to have one. */
export function vocabularyOf({ vocabulary, model }: Probe): Vocabulary {
  if (vocabulary === null) throw new TuttiError('internal', `the vocabulary of ${model} is not known`)
  return vocabulary
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * A context of tokens as the member takes it: as they are, or as their text. Null for tokens that end inside a character,
 * which have no text.
 */
export function toMemberContext(tokens: Int32Array, probe: Probe): Context | null {
  if (probe.capabilities.tokenContexts) return { tokens }
  const { bytes } = vocabularyOf(probe)
  const all = Array.from(tokens, (token) => bytes[token] as Uint8Array)
  const text = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const token of all) {
    text.set(token, at)
    at += token.length
  }
  try {
    return { text: strict.decode(text) }
  } catch {
    return null
  }
}

/** The distribution that says nothing: all mass is unlisted. */
function nothingKnown(vocabularySize: number): TokenDistribution {
  return { ids: new Int32Array(0), logProbs: new Float64Array(0), unlisted: 1, smallest: 1, vocabularySize }
}
