import { textTokens } from '../core/lattice/vocabulary.ts'
import { TuttiError } from '../errors.ts'
import { firstInOrder } from './first-in-order.ts'
import type { Plan } from './plan.ts'
import { leadOf, type PlannedMember } from './present.ts'
import { unknownVocabulary } from './prompt.ts'

/** Bytes of a text, and the tokens that a member has for them: one, as a rule. */
export interface Piece {
  readonly bytes: Uint8Array
  readonly tokens: Int32Array
}

/** A text in the tokens of one member. */
export interface CutText {
  readonly tokens: Int32Array
  /** How many tokens the text is as a prompt: with the special ones that the tokenizer puts before it. */
  readonly asPrompt: number
  /** In their order: bytes that make up the text, and all of its tokens. */
  readonly pieces: readonly Piece[]
}

/**
 * A text as the lead member's own tokenizer cuts it, without special tokens; by the next heaviest where that one is lost, or late
 * by more than the ensemble's grace.
 *
 * @param param what an error says needs the cut.
 * @throws TuttiError `unsupported_parameter` when nobody knows the lead member's vocabulary; that of the lead member when none
 *   can be reached.
 */
export async function cutByLead(plan: Plan, text: Uint8Array, param: string, signal: AbortSignal): Promise<CutText> {
  const lead = leadOf(plan.ensemble, plan.present)
  if (lead.probe.vocabulary === null) throw unknownVocabulary(lead.seat.member.id, param)
  const others = plan.present.filter(({ probe }) => probe.vocabulary !== null)
  const order = others.toSorted((a, b) => Number(b === lead) - Number(a === lead) || weight(b) - weight(a))
  const [first, ...rest] = order.map((planned) => () => cutBy(planned, text, signal))
  const isLost = (error: unknown) => error instanceof TuttiError && error.status >= 500 && !signal.aborted
  return firstInOrder([first as () => Promise<CutText>, ...rest], plan.ensemble.graceMs, isLost)
}

function weight({ seat }: PlannedMember): number {
  return seat.weight
}

async function cutBy({ seat, probe }: PlannedMember, text: Uint8Array, signal: AbortSignal): Promise<CutText> {
  const { vocabulary } = probe
  if (vocabulary === null) throw unknownVocabulary(seat.member.id, 'model')
  const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(text)
  const all = await seat.member.tokenize(decoded, signal)
  const tokens = textTokens(all, vocabulary)
  const bytes = Array.from(tokens, (id) => vocabulary.bytes[id] as Uint8Array)
  return { tokens, asPrompt: all.length, pieces: fitted(piecesOf(tokens, bytes), text) }
}

/** Each token with its bytes. */
export function piecesOf(tokens: Int32Array, bytes: readonly Uint8Array[]): readonly Piece[] {
  return bytes.map((own, index) => ({ bytes: own, tokens: tokens.subarray(index, index + 1) }))
}

/**
 * The pieces without the blank that some tokenizers put before a text; one piece where they rewrite the text. A token that is that
 * blank alone goes with the one behind it.
 */
function fitted(pieces: readonly Piece[], text: Uint8Array): readonly Piece[] {
  const spelled = Buffer.concat(pieces.map(({ bytes }) => bytes))
  if (spelled.equals(text)) return pieces
  if (text.length === 0) return []
  const extra = spelled.length - text.length
  const count = pieces[0]?.bytes.length === extra ? 2 : 1
  const first = joined(pieces.slice(0, count))
  if (extra < 0 || extra > first.bytes.length || !spelled.subarray(extra).equals(text)) {
    return [{ ...joined(pieces), bytes: text }]
  }
  return [{ ...first, bytes: first.bytes.subarray(extra) }, ...pieces.slice(count)]
}

function joined(pieces: readonly Piece[]): Piece {
  return {
    bytes: new Uint8Array(Buffer.concat(pieces.map(({ bytes }) => bytes))),
    tokens: Int32Array.from(pieces.flatMap(({ tokens }) => [...tokens])),
  }
}
