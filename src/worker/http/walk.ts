import { z } from 'zod'
import type { Sampling } from '../../core/decode/choose.ts'
import type { WireWalk } from '../../members/shared/worker-wire.ts'

export const walkSchema = z
  .strictObject({
    seed: z.int(),
    step: z.int().min(0),
    temperature: z.number().min(0),
    top_p: z.number().gt(0).max(1),
    min_p: z.number().min(0).max(1),
  })
  .describe('How the path is chosen; left out, it is greedy')

export function toSampling({ seed, step, temperature, top_p: topP, min_p: minP }: WireWalk): Sampling {
  return { seed, step, temperature, topP, minP }
}
