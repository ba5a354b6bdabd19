import { textTokens } from '../core/lattice/vocabulary.ts'
import { TuttiError } from '../errors.ts'
import { firstInOrder } from './first-in-order.ts'
import { leadOf, type Plan, type PlannedMember } from './plan.ts'
import { unknownVocabulary } from './prompt.ts'

/** A text in the tokens of one member. */
export interface CutText {
  readonly tokens: Int32Array
  /** The bytes of each, which make up the text. */
  readonly pieces: readonly Uint8Array[]
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
  const tokens = textTokens(await seat.member.tokenize(decoded, signal), vocabulary)
  const pieces = Array.from(tokens, (id) => vocabulary.bytes[id] as Uint8Array)
  return { tokens, pieces: fitted(pieces, text) }
}

/** The pieces without the blank that some tokenizers put before a text; one piece where they rewrite the text. */
function fitted(pieces: readonly Uint8Array[], text: Uint8Array): readonly Uint8Array[] {
  const spelled = Buffer.concat(pieces)
  if (spelled.equals(text)) return pieces
  const extra = spelled.length - text.length
  const [first, ...others] = pieces
  if (first === undefined || extra < 0 || extra > first.length || !spelled.subarray(extra).equals(text)) return [text]
  return extra === first.length ? others : [first.subarray(extra), ...others]
}
