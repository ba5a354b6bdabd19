import { Penalties } from '../core/decode/penalties.ts'
import { roomFor } from '../core/pool/bounded.ts'
import { diagnose } from './diagnose.ts'
import type { GenerationEvent } from './generation-event.ts'
import { HeldOutput } from './held-output.ts'
import type { CompletionPlan } from './plan.ts'
import { SegmentBuilder } from './segment.ts'
import { type RunOptions, Session } from './session.ts'
import { diagnoseStep } from './tally.ts'

/**
 * Generates step by step: get the lists, fuse, choose, move on. Yields a segment when its text can no longer turn out to
 * be the beginning of a stop string, and at last a finish event.
 *
 * @throws TuttiError when the quorum is lost, the deadline passes, the prompt is too long or the client goes.
 */
export async function* generate(plan: CompletionPlan, options: RunOptions): AsyncGenerator<GenerationEvent, void> {
  const session = new Session(plan, options)
  const output = new HeldOutput(plan.stop)
  const builder = new SegmentBuilder(session.alphabet)
  const { alphabet } = session
  const room = roomFor(alphabet.size)
  const penalties = new Penalties(plan.penalties)
  let completionTokens = 0
  let reason: 'stop' | 'length' | null = plan.maxTokens === 0 ? 'length' : null
  await session.open()
  while (reason === null) {
    await session.ready()
    const step = await session.decided(room, { ...plan.warp, seed: plan.seed, step: session.tally.steps, penalties })
    penalties.count(step.choice.symbol)
    session.tally.add(step, alphabet)
    builder.add(step, plan.diagnostics === 'steps' ? diagnoseStep(step, alphabet) : null)
    const { symbol } = step.choice
    if (symbol === alphabet.end) reason = 'stop'
    else await session.accept(symbol)
    const { path } = session.lead()
    const cut = session.full()
    // The room may run out inside a character, whose bytes are then no text.
    if (symbol !== alphabet.end && !(path.atCharacter() && (cut || path.atBorder()))) {
      if (cut) reason = 'length'
      continue
    }
    if (symbol !== alphabet.end) completionTokens++
    const { shown, stopped } = output.push(builder.take())
    yield* shown
    if (stopped) reason = 'stop'
    else if (reason === null && (cut || completionTokens >= plan.maxTokens)) reason = 'length'
  }
  yield* output.flush()
  session.answered('completion')
  yield {
    kind: 'finish',
    reason,
    usage: { promptTokens: session.lead().ledger.promptTokens ?? 0, completionTokens },
    diagnosis: plan.diagnostics === 'none' ? null : diagnose(session),
  }
}
