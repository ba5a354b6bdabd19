import { setImmediate as giveWay } from 'node:timers/promises'
import { Penalties } from '../core/decode/penalties.ts'
import type { Alphabet } from '../core/lattice/alphabet.ts'
import { roomFor } from '../core/pool/bounded.ts'
import { candidatesOf } from './candidates.ts'
import { diagnose } from './diagnose.ts'
import type { FinishEvent, GenerationEvent, SegmentEvent } from './generation-event.ts'
import { HeldOutput } from './held-output.ts'
import { ofPrompt } from './of-param.ts'
import type { CompletionPlan } from './plan.ts'
import { promptFitted } from './prompt-fit.ts'
import { type Segment, SegmentBuilder } from './segment.ts'
import { hasRoom, type RunOptions, Session } from './session.ts'
import { diagnoseStep } from './tally.ts'
import { begun } from './within-deadline.ts'

/** Most tokens of a segment where symbols are tokens: a character has at most four bytes, and every token one at least. */
const tokensPerCharacter = 4

/**
 * Generates step by step: get the lists, fuse, choose, move on. Yields a segment when its text can no longer turn out to
 * be the beginning of a stop string, and at last a finish event.
 *
 * @throws TuttiError when the quorum is lost, the deadline passes, the prompt is too long or the client goes.
 */
export async function* generate(asked: CompletionPlan, options: RunOptions): AsyncGenerator<GenerationEvent, void> {
  const running = begun(options)
  let session: Session | null = null
  try {
    const plan = await promptFitted(asked, running)
    const sampling = { ...plan.warp, seed: plan.seed, step: 0 }
    session = new Session(plan, running, { decoding: plan.ensemble.decoding, sampling, shown: plan.timeline })
    yield* run(session, plan)
  } catch (error) {
    throw ofPrompt(error, asked.promptParam)
  } finally {
    session?.close()
  }
}

async function* run(session: Session, plan: CompletionPlan): AsyncGenerator<GenerationEvent, void> {
  const { alphabet } = session
  const output = new HeldOutput(plan.stop, alphabet)
  const builder = new SegmentBuilder(alphabet, { withRivals: (plan.alternatives ?? 0) > 0 })
  const room = roomFor(alphabet.size)
  const penalties = new Penalties(plan.penalties)
  // Whatever the text is made of, what runs is bounded by what was asked for: by that the request was let in.
  const mostSteps = alphabet.granularity === 'token' ? plan.maxTokens * tokensPerCharacter : Number.POSITIVE_INFINITY
  let completionTokens = 0
  const decided = { logProb: 0, segments: 0 }
  let reason: FinishEvent['reason'] | null = null
  const now = () => session.timeline?.now()
  const told = (segment: Segment) => {
    if (segment.atMs !== undefined) session.timeline?.segment(segment.atMs)
    return toEvent(segment, alphabet, plan)
  }
  await session.open()
  while (reason === null) {
    const enough = completionTokens >= plan.maxTokens || session.tally.steps >= mostSteps
    if (enough || !(await hasRoom(session.ready()))) {
      reason = 'length'
      break
    }
    // With lists that have come ahead, requests would otherwise decide one symbol after the other without the event loop ever
    // turning: for seconds, when there are many, no call would be sent, no answer read and no client heard that goes.
    await giveWay()
    session.requireTime()
    const step = await session.decided(room, { ...plan.warp, seed: plan.seed, step: session.tally.steps, penalties })
    penalties.count(step.choice.symbol)
    session.tally.add(step, alphabet)
    builder.add(step, plan.diagnostics === 'steps' ? diagnoseStep(step, alphabet, plan.stepCandidates) : null)
    const { symbol } = step.choice
    if (symbol === alphabet.end) reason = 'stop'
    else if (!(await hasRoom(session.accept(symbol)))) reason = 'length'
    // Without room for more the segment ends here.
    const isLast = completionTokens + 1 >= plan.maxTokens
    const segment = reason === null ? builder.upToBorder(session.lead().sinceBorder(), now, isLast) : builder.rest(now)
    if (segment === null) continue
    decided.logProb += segment.logProb
    decided.segments++
    // The end alone is no token; text that it closes is one.
    if (segment.text.length > 0) completionTokens++
    const { shown, stopped } = output.push(segment)
    yield* shown.map(told)
    if (stopped) reason = 'stop'
  }
  yield* output.flush().map(told)
  session.answered('completion', completionTokens)
  yield {
    kind: 'finish',
    reason,
    usage: {
      promptTokens: plan.prompt.kind === 'tokens' ? plan.prompt.tokens.length : session.promptTokens,
      completionTokens,
    },
    decided,
    diagnosis: plan.diagnostics === 'none' ? null : diagnose(session),
  }
}

const encoder = new TextEncoder()

function toEvent({ decided, ...segment }: Segment, alphabet: Alphabet, { alternatives }: CompletionPlan): SegmentEvent {
  const candidates =
    alternatives === null ? [] : candidatesOf(decided, encoder.encode(segment.text), alphabet, alternatives)
  return { kind: 'segment', ...segment, candidates }
}
