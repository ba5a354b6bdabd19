import { z } from 'zod'
import { contextLengthField, serverFields, tokenizerField } from './fields.ts'

export const oipSchema = z.strictObject({
  kind: z
    .literal('oip')
    .describe(
      "Wire protocol: Open Inference Protocol v2, as Triton, OVMS, KServe, MLServer and Tutti's worker speak it.",
    ),
  ...serverFields,
  model: z.string().min(1).describe('Name of the model at the server, which the protocol has no way to ask for.'),
  tokenizer: tokenizerField.describe(
    "The model's `tokenizer.json` or the folder that holds it, relative to this file: the server takes and gives ids alone.",
  ),
  output: z.string().min(1).default('logits').describe("Name of the logits among the model's outputs."),
  binary: z
    .boolean()
    .default(true)
    .describe(
      'Ask for the logits as bytes behind the JSON, which is faster and the only form of FP16 and BF16; a server that can not ignores it. Off for one that refuses it.',
    ),
  context_length: contextLengthField.describe(
    'Most tokens of a context and what follows it. Left out: what the server tells, if it is a Tutti worker.',
  ),
})
