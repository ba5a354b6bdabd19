import type { AskedEnsemble } from './asked-ensemble.ts'
import { diagnose } from './diagnose.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { Directory } from './directory.ts'
import { type FollowedSymbol, follow } from './follow.ts'
import { symbolsOf, type TextSymbols } from './given-symbols.ts'
import type { Operation } from './observer.ts'
import { type Diagnostics, type Plan, planMembers } from './plan.ts'
import type { PromptInput } from './prompt.ts'
import { promptFitted } from './prompt-fit.ts'
import { type RunOptions, Session } from './session.ts'
import { begun, withinDeadline } from './within-deadline.ts'

export interface FollowRequest extends AskedEnsemble {
  /** What the text goes on from; the empty string: nothing, it begins. */
  readonly prompt: PromptInput
  /** How errors name the prompt; default `prompt`. */
  readonly promptParam?: string
  /** At least one character. */
  readonly text: string
  /** Cut the text at the token borders of the lead member. */
  readonly cut?: boolean
  readonly diagnostics: Diagnostics
  /** How the observer counts it; absent: not at all. */
  readonly operation?: Operation
}

export interface FollowPlan extends Plan {
  /** UTF-8. */
  readonly text: Uint8Array
  readonly cut: boolean
  readonly operation: Operation | null
}

/** What there is to say of a text when its end is reached. */
export interface FollowedText {
  /** Symbols of each of the lead member's tokens, with their bytes; null where they were not asked for. */
  readonly segments: TextSymbols['segments']
  /** Ids of members that were present from beginning to end. */
  readonly present: readonly string[]
  readonly degraded: boolean
  /** Weighted share of the members' mass hidden by their lists, averaged over the symbols, and the worst. */
  readonly missing: { readonly mean: number; readonly most: number }
  /** Tokens of the prompt for the member that led when it was read. */
  readonly promptTokens: number
  readonly diagnosis: Diagnosis | null
}

const encoder = new TextEncoder()

/** @throws TuttiError as `planPredict`. */
export function planFollow(directory: Directory, request: FollowRequest): FollowPlan {
  const plan = planMembers(directory, request)
  const beginning = { kind: 'beginning', text: new Uint8Array(0), front: new Int32Array(0) } as const
  return Object.freeze({
    ...plan,
    prompt: request.prompt === '' ? beginning : plan.prompt,
    text: encoder.encode(request.text),
    cut: request.cut ?? false,
    operation: request.operation ?? null,
  })
}

const greedy = { temperature: 0, topP: 1, minP: 0, seed: 0, step: 0 }

/**
 * Takes the members of an ensemble along a given text (teacher forcing), in as few calls as their protocols allow, and shows
 * each of its symbols with the members' distributions and the fused one.
 *
 * @param see called for each symbol in order; its distributions are good until it returns.
 * @throws TuttiError as `generate` does; `context_length_exceeded` for a text that some member has no room for.
 */
export async function followText(
  asked: FollowPlan,
  options: RunOptions,
  see: (place: FollowedSymbol) => void,
): Promise<FollowedText> {
  const running = begun(options)
  const plan = await promptFitted(asked, running)
  const { symbols, segments } = await withinDeadline(plan.ensemble, running, (signal) => symbolsOf(plan, signal))
  const session = new Session(plan, running, { decoding: 'stepwise', sampling: greedy, given: symbols })
  try {
    await session.open()
    await follow(session, symbols, see)
    if (plan.operation !== null) session.answered(plan.operation)
    return {
      segments,
      present: session.roster.present.map(({ id }) => id),
      degraded: session.roster.degraded,
      missing: { mean: session.tally.missingSum / session.tally.steps, most: session.tally.missingMax },
      promptTokens: session.promptTokens,
      diagnosis: plan.diagnostics === 'none' ? null : diagnose(session),
    }
  } finally {
    session.close()
  }
}
