import { z } from 'zod'

// What the adapter reads of the Open Inference Protocol v2 (KServe's `required_api.md`, its binary tensor extension by Triton);
// the rest may differ from server to server.

const tensor = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })

export const metadataSchema = z.object({
  name: z.string(),
  inputs: z
    .array(tensor)
    .nullish()
    .transform((inputs) => inputs ?? []),
  /** Beyond the protocol: Tutti's worker tells it. */
  parameters: z.object({ context_length: z.int().positive().optional().catch(undefined) }).nullish(),
})

export type DeclaredTensor = z.infer<typeof tensor>

export const answerSchema = z.object({
  outputs: z.array(
    tensor.extend({
      /** Checked where it is read: it may hold millions of numbers, flat or nested. */
      data: z.unknown().optional(),
      parameters: z.object({ binary_data_size: z.int().nonnegative().nullish() }).nullish(),
    }),
  ),
})
