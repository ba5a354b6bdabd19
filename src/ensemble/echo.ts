import { candidatesOf } from './candidates.ts'
import { type Decided, decidedOf, logProbOf } from './decided.ts'
import { diagnose } from './diagnose.ts'
import type { Diagnosis } from './diagnosis.ts'
import { follow } from './follow.ts'
import type { Candidate } from './generation-event.ts'
import { ofPrompt } from './of-param.ts'
import type { CompletionPlan } from './plan.ts'
import { type Prompt, specialFront } from './prompt.ts'
import { type RunOptions, Session } from './session.ts'
import { type CutText, cutByLead, type Piece, piecesOf } from './text-cut.ts'
import { begun, withinDeadline } from './within-deadline.ts'

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
  /** As of a completion of the prompt. */
  readonly promptTokens: number
  readonly diagnosis: Diagnosis | null
}

/**
 * The fused log-probabilities of a prompt, by going over it symbol by symbol from its beginning (teacher forcing): what the
 * ensemble would have had to choose to write it.
 *
 * @throws TuttiError as `generate` does.
 */
export async function scorePrompt(plan: CompletionPlan, options: RunOptions): Promise<ScoredPrompt> {
  const running = begun(options)
  const { pieces, asPrompt } = await withinDeadline(plan.ensemble, running, (signal) => cutPrompt(plan, signal))
  const perPiece = pieces.map((piece) => symbolsOf(plan, piece))
  const given = Int32Array.from(perPiece.flat())
  const sampling = { ...plan.warp, seed: plan.seed, step: 0 }
  const session = new Session({ ...plan, prompt: beginningPrompt(plan) }, running, {
    decoding: 'stepwise',
    sampling,
    given,
  })
  try {
    await session.open()
    const { alphabet } = session
    const count = plan.alternatives ?? 0
    const decided: Decided[] = []
    await follow(session, given, ({ fused, symbol }) => decided.push(decidedOf(fused, symbol, count > 0)))
    const segments = pieces.map(({ bytes }, index): PromptSegment => {
      const own = decided.splice(0, (perPiece[index] as number[]).length)
      const first = index === 0 || bytes.length === 0
      if (first) return { bytes, logProb: null, candidates: [] }
      return { bytes, logProb: logProbOf(own), candidates: candidatesOf(own, bytes, alphabet, count) }
    })
    // The empty prompt is what stands for the beginning of a text.
    const promptTokens = asPrompt === 0 ? session.promptTokens : asPrompt
    return { segments, promptTokens, diagnosis: diagnosisOf(session, plan) }
  } catch (error) {
    throw ofPrompt(error, plan.promptParam)
  } finally {
    session.close()
  }
}

function diagnosisOf(session: Session, { diagnostics, maxTokens }: CompletionPlan): Diagnosis | null {
  // Else the completion is the answer, and counts.
  if (maxTokens === 0) session.answered('completion')
  return diagnostics === 'none' ? null : diagnose(session)
}

function beginningPrompt({ prompt }: CompletionPlan): Prompt {
  const front = prompt.kind === 'tokens' ? prompt.tokens.subarray(0, specialFront(prompt.pieces)) : new Int32Array(0)
  return { kind: 'beginning', text: new Uint8Array(0), front }
}

/** The prompt by the lead member's tokens: those given, else its own tokenization. */
async function cutPrompt(plan: CompletionPlan, signal: AbortSignal): Promise<Pick<CutText, 'pieces' | 'asPrompt'>> {
  const { prompt } = plan
  if (prompt.kind !== 'tokens') return cutByLead(plan, prompt.text, 'logprobs', signal)
  return { pieces: piecesOf(prompt.tokens, prompt.pieces), asPrompt: prompt.tokens.length }
}

/** The empty bytes of special tokens at the front have no symbols. */
function symbolsOf({ granularity }: CompletionPlan, { bytes, tokens }: Piece): number[] {
  if (bytes.length === 0) return []
  return [...(granularity === 'byte' ? bytes : tokens)]
}
