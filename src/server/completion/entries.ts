import type { EchoEvent } from '../../ensemble/choices.ts'
import type { SegmentEvent } from '../../ensemble/generation-event.ts'
import type { LogprobEntry } from '../wire/logprobs.ts'

const encoder = new TextEncoder()

/** The entries of log-probabilities that an event brings. */
export function entriesOf(event: EchoEvent | SegmentEvent): readonly LogprobEntry[] {
  if (event.kind === 'echo') return event.segments ?? []
  return [{ bytes: encoder.encode(event.text), logProb: event.logProb, candidates: event.candidates }]
}
