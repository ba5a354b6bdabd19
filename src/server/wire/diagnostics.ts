import { z } from 'zod'
import type { AskedEnsemble } from '../../ensemble/asked-ensemble.ts'
import { strategyFields } from './strategy.ts'

const mostWeight = 1_000_000

const weights = z
  .record(z.string(), z.number().min(0).max(mostWeight))
  .optional()
  .describe(
    'By member, in any proportion, where the ensemble allows it (`per_request`). A member that is not named, or has 0, takes no part.',
  )

const pool = z
  .enum(['linear', 'log_linear', 'vote'])
  .optional()
  .describe('How distributions are fused, where the ensemble allows it (`per_request`).')

const asked = z.object({ weights, pool })

/** What a request sets for itself, as plans take it. */
export function toAskedEnsemble(options: Partial<z.infer<typeof asked>>): Pick<AskedEnsemble, 'weights' | 'pool'> {
  return {
    ...(options.weights && { weights: new Map(Object.entries(options.weights)) }),
    ...(options.pool && { pool: options.pool }),
  }
}

/** The `ensemble` object of a request: what the caller wants to know about how the answer came about. */
export const ensembleOptions = z
  .strictObject({
    weights,
    pool,
    diagnostics: z
      .enum(['none', 'summary', 'steps'])
      .default('summary')
      .describe('`summary`: the diagnosis of the answer. `steps`: with every decided symbol. `none`: neither.'),
  })
  .prefault({})
  .describe("Tutti's own options.")

/** Most candidates to name at a step. */
const mostCandidates = 20

/** The same where the pool is a field of the request itself. */
export const labelOptions = z
  .strictObject(ensembleOptions.unwrap().omit({ pool: true }).shape)
  .prefault({})
  .describe("Tutti's own options.")

/** The same for texts, with how one text is made of several and what is shown of that. */
export const textOptions = z
  .strictObject({
    ...ensembleOptions.unwrap().shape,
    ...strategyFields,
    candidates: z
      .int()
      .min(0)
      .max(mostCandidates)
      .default(0)
      .describe(
        'With `diagnostics: "steps"`: how many of the likeliest symbols to name at each step, with what each member gives them.',
      ),
    timeline: z
      .boolean()
      .default(false)
      .describe('Whether the diagnosis says what every member did, and when: streams ahead of the text, calls, waits.'),
  })
  .superRefine(({ candidates, timeline, diagnostics }, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
    if (candidates > 0 && diagnostics !== 'steps') refuse('candidates', 'needs `diagnostics` to be "steps"')
    if (timeline && diagnostics === 'none')
      refuse('timeline', 'is part of the diagnosis, which `diagnostics` leaves out')
  })
  .prefault({})
  .describe("Tutti's own options.")
