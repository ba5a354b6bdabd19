import { ApiError, stream } from './api.ts'
import { type CompletionBody, type Extra, extras } from './request.ts'
import { isSegmentPart, type Segment, toSegment } from './segment.ts'
import type { Diagnosis } from './wire.ts'

/** What this gateway gives, as far as is known: all, until it refuses a field. */
const given = new Set<Extra>(extras)

export function supported(): ReadonlySet<Extra> {
  return given
}

export interface RunEvents {
  segment(segment: Segment): void
  /** With the finish reason. */
  ended(diagnosis: Diagnosis | null): void
}

/**
 * Streams a completion. A gateway that knows less than the page refuses a field by name; then it is asked without.
 *
 * @param make the body for what the gateway gives.
 */
export async function runCompletion(
  make: (extras: ReadonlySet<Extra>) => CompletionBody,
  events: RunEvents,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    // Another run may learn meanwhile what is refused.
    const asked = new Set(given)
    try {
      return await once(make(asked), events, signal)
    } catch (error) {
      const refused = error instanceof ApiError ? extras.find((one) => error.param === `ensemble.${one}`) : undefined
      if (refused === undefined || !asked.has(refused)) throw error
      given.delete(refused)
    }
  }
}

async function once(body: CompletionBody, events: RunEvents, signal: AbortSignal): Promise<void> {
  for await (const { choices, ensemble } of stream('v1/completions', body, signal)) {
    const [choice] = choices
    if (choice === undefined) continue
    const part = ensemble !== undefined && isSegmentPart(ensemble) ? ensemble : null
    if (part !== null || choice.text !== '') events.segment(toSegment(choice.text, part))
    if (choice.finish_reason !== null) events.ended(ensemble === undefined || isSegmentPart(ensemble) ? null : ensemble)
  }
}
