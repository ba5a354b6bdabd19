import { textTokens } from '../core/lattice/vocabulary.ts'
import { roomFor } from '../core/pool/bounded.ts'
import { type AlongLedger, alongTokens } from './along-tokens.ts'
import { vocabularyOf } from './ask-list.ts'
import { candidatesOf } from './candidates.ts'
import { type Decided, decidedOf, logProbOf } from './decided.ts'
import { diagnose } from './diagnose.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { Candidate } from './generation-event.ts'
import { openingOf } from './opening.ts'
import type { CompletionPlan, PlannedMember } from './plan.ts'
import { type Prompt, specialFront, unknownVocabulary } from './prompt.ts'
import { type RunOptions, Session } from './session.ts'
import { fuse } from './step.ts'

/** A stretch of the prompt between two token borders of the lead member. */
export interface PromptSegment {
  readonly bytes: Uint8Array
  /** Natural logarithm of its fused probability after what comes before it; null for the first. */
  readonly logProb: number | null
  /** As for a segment of output. */
  readonly candidates: readonly Candidate[]
}

export interface ScoredPrompt {
  readonly segments: readonly PromptSegment[]
  readonly diagnosis: Diagnosis | null
}

/**
 * The fused log-probabilities of a prompt, by going over it symbol by symbol from its beginning (teacher forcing): what the
 * ensemble would have had to choose to write it.
 *
 * @throws TuttiError as `generate` does.
 */
export async function scorePrompt(plan: CompletionPlan, options: RunOptions): Promise<ScoredPrompt> {
  const saved = plan.present.map((): AlongLedger => ({ given: 0, calls: 0 }))
  const present = plan.present.map((planned, index) => {
    if (planned.probe.vocabulary === null) return planned
    const path = () => ownPath(plan, planned, options.signal)
    const member = alongTokens(planned.seat.member, path, saved[index] as AlongLedger)
    return { ...planned, seat: { ...planned.seat, member } }
  })
  const running = { ...plan, present, prompt: beginningOf(plan) }
  const sampling = { ...plan.warp, seed: plan.seed, step: 0 }
  const session = new Session(running, options, { decoding: 'stepwise', sampling })
  try {
    const tokens = await tokensOf(plan, session, options.signal)
    await session.open()
    const segments = await scored(session, plan, tokens)
    session.walks.forEach(({ ledger }, index) => {
      const { given, calls } = saved[index] as AlongLedger
      ledger.calls += calls - given
    })
    return { segments, diagnosis: diagnosisOf(session, plan) }
  } finally {
    session.close()
  }
}

function diagnosisOf(session: Session, { diagnostics, maxTokens }: CompletionPlan): Diagnosis | null {
  // Else the completion is the answer, and counts.
  if (maxTokens === 0) session.answered('completion')
  return diagnostics === 'none' ? null : diagnose(session)
}

/** A member's own tokens of the prompt, with those that begin the context. */
async function ownPath(plan: CompletionPlan, planned: PlannedMember, signal: AbortSignal): Promise<Int32Array> {
  const { prompt, granularity } = plan
  const { after = new Int32Array(0) } = await openingOf(beginningOf(plan), planned, granularity, signal)
  const tokens =
    prompt.kind === 'tokens' && granularity === 'token'
      ? prompt.tokens
      : await planned.seat.member.tokenize(textOf(prompt), signal)
  return Int32Array.from([...after, ...textTokens(tokens, vocabularyOf(planned.probe))])
}

function textOf({ text }: Prompt): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(text)
}

function beginningOf({ prompt }: CompletionPlan): Prompt {
  const front = prompt.kind === 'tokens' ? prompt.tokens.subarray(0, specialFront(prompt.pieces)) : new Int32Array(0)
  return { kind: 'beginning', text: new Uint8Array(0), front }
}

/** The lead member's tokens of the prompt: those given, else its own tokenization. */
async function tokensOf({ prompt }: CompletionPlan, session: Session, signal: AbortSignal): Promise<PromptTokens> {
  const { seat, probe } = session.lead().planned
  if (prompt.kind === 'tokens') return prompt
  const { vocabulary } = probe
  if (vocabulary === null) throw unknownVocabulary(seat.member.id, 'logprobs')
  const tokens = textTokens(await seat.member.tokenize(textOf(prompt), signal), vocabulary)
  const pieces = Array.from(tokens, (id) => vocabulary.bytes[id] as Uint8Array)
  return { tokens, pieces: fitted(pieces, prompt.text) }
}

interface PromptTokens {
  readonly tokens: Int32Array
  /** The bytes of each. */
  readonly pieces: readonly Uint8Array[]
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

async function scored(
  session: Session,
  plan: CompletionPlan,
  { tokens, pieces }: PromptTokens,
): Promise<PromptSegment[]> {
  const { alphabet, plan: running } = session
  const room = roomFor(alphabet.size)
  const segments: PromptSegment[] = []
  const count = plan.alternatives ?? 0
  for (const [index, bytes] of pieces.entries()) {
    const decided: Decided[] = []
    // The empty bytes of special tokens at the front have no symbols.
    const symbols = bytes.length === 0 ? [] : alphabet.granularity === 'byte' ? bytes : [tokens[index] as number]
    for (const symbol of symbols) {
      await session.ready()
      const fusion = fuse(session.roster.present, running.ensemble.pool, room)
      decided.push(decidedOf(fusion.fused, symbol, count > 0))
      const certified = fusion.fused.missing === 0
      session.tally.add({ ...fusion, choice: { symbol, certified }, pivotal: new Set() }, alphabet)
      await session.accept(symbol)
    }
    const first = index === 0 || bytes.length === 0
    segments.push({
      bytes,
      logProb: first ? null : logProbOf(decided),
      candidates: first ? [] : candidatesOf(decided, bytes, alphabet, count),
    })
  }
  return segments
}
