import type { Diagnosis } from '../../../src/ensemble/diagnosis.ts'
import type { GenerationEvent } from '../../../src/ensemble/generation-event.ts'

/** What must not depend on how the lists were come by: text, log-probabilities, every step, what was decided and by whom. */
export function decided(all: readonly GenerationEvent[]): unknown {
  return all.map((event) => {
    if (event.kind === 'segment') return event
    // Acceptance is of what a server can do: greedy streams go other ways than lattices that walk by the ensemble's noise.
    const { members, waves: _, acceptance: _a, timings: __, usage: ___, ...whole } = event.diagnosis as Diagnosis
    return {
      ...event,
      diagnosis: {
        ...whole,
        members: members.map(({ latency_ms: _latency, calls: _calls, contexts: _contexts, tokens, ...rest }) => ({
          ...rest,
          prompt: tokens.prompt,
        })),
      },
    }
  })
}
