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

/** The same for texts, with how one text is made of several. */
export const textOptions = z
  .strictObject({ ...ensembleOptions.unwrap().shape, ...strategyFields })
  .prefault({})
  .describe("Tutti's own options.")
