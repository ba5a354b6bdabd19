import { z } from 'zod'
import { strategyFields } from './strategy.ts'

/** The `ensemble` object of a request: what the caller wants to know about how the answer came about. */
export const ensembleOptions = z
  .strictObject({
    diagnostics: z
      .enum(['none', 'summary', 'steps'])
      .default('summary')
      .describe('`summary`: the diagnosis of the answer. `steps`: with every decided symbol. `none`: neither.'),
  })
  .prefault({})
  .describe("Tutti's own options.")

/** Most candidates to name at a step. */
const mostCandidates = 20

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
  })
  .superRefine(({ candidates, diagnostics }, context) => {
    if (candidates === 0 || diagnostics === 'steps') return
    context.addIssue({ code: 'custom', path: ['candidates'], message: 'needs `diagnostics` to be "steps"' })
  })
  .prefault({})
  .describe("Tutti's own options.")
