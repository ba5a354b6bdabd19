import { readFileSync } from 'node:fs'
import { z } from 'zod'

const finite = z.number()
const share = z.number().min(0).max(1)

/** What `tutti tune` writes and an ensemble's `weights_file` names. */
export const weightsFileSchema = z
  .strictObject({
    version: z.literal(1),
    ensemble: z.string().min(1),
    /** In the order of all lists below. */
    members: z
      .array(
        z.strictObject({
          id: z.string().min(1),
          kind: z.string().min(1),
          /** Fingerprint of id → bytes and special ids; null where the member told none. */
          vocabulary: z.string().nullable(),
        }),
      )
      .min(1),
    granularity: z.enum(['byte', 'token']),
    pool: z.enum(['linear', 'log_linear', 'vote', 'stacking']),
    method: z.enum(['em', 'log_linear', 'stacking', 'select']),
    /** At least 0, sum 1. */
    weights: z.array(share).min(1),
    /** What was fitted for labels; null for weights learned from texts. */
    classification: z
      .strictObject({
        labels: z.array(z.string().min(1)).min(2),
        normalisation: z.enum(['none', 'per_byte', 'pmi', 'contextual']),
        /** One a member, then one for the pooled probabilities. */
        temperatures: z.array(z.number().gt(0)).min(1),
        pool_temperature: z.number().gt(0),
        /** A row a label; see core/pool/stacking.ts. */
        coefficients: z.array(z.array(finite)).nullable(),
      })
      .nullable(),
    data: z.strictObject({
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      /** Day of the data (YYYY-MM-DD), not of the run. */
      date: z.iso.date(),
      learned_documents: z.int().min(1),
      proved_documents: z.int().min(1),
    }),
    seed: z.int().min(0),
    /** Share of loss saved on the proving documents, against the member that lost least there. */
    gain: z.strictObject({
      over: z.string().min(1),
      estimate: finite,
      low: finite,
      high: finite,
      level: share,
    }),
    /** Whether the interval's lower end is above 0. */
    recommended: z.boolean(),
  })
  .superRefine(({ members, weights, classification }, context) => {
    const wrong = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
    const count = members.length
    const sum = weights.reduce((total, weight) => total + weight, 0)
    if (weights.length !== count) wrong(['weights'], `has ${weights.length} entries for ${count} members`)
    else if (Math.abs(sum - 1) > 1e-6) wrong(['weights'], `sums to ${sum}, not to 1`)
    if (classification === null) return
    const { labels, temperatures, coefficients } = classification
    if (temperatures.length !== count) {
      wrong(['classification', 'temperatures'], `has ${temperatures.length} entries for ${count} members`)
    }
    const columns = 1 + count * labels.length
    if (coefficients === null) return
    if (coefficients.length !== labels.length || coefficients.some((row) => row.length !== columns)) {
      wrong(['classification', 'coefficients'], `is not ${labels.length} rows of ${columns}`)
    }
  })

export type WeightsFile = z.infer<typeof weightsFileSchema>

/** The file, or why it is none: a field of it with its reason, or the reason alone. */
export function readWeightsFile(path: string): WeightsFile | { readonly fault: string } {
  let data: unknown
  try {
    data = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return { fault: `is not JSON: ${error.message}` }
    return {
      fault: error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'does not exist' : 'cannot be read',
    }
  }
  const parsed = weightsFileSchema.safeParse(data)
  if (parsed.success) return parsed.data
  const { path: at, message } = parsed.error.issues[0] as z.core.$ZodIssue
  return { fault: `${at.map(String).join('.') || 'the file'}: ${message}` }
}
