import { z } from 'zod'
import { serverFields, tokenizerField } from './fields.ts'

export const tgiSchema = z.strictObject({
  kind: z.literal('tgi').describe('Wire protocol: Text Generation Inference, which takes texts and lists five tokens.'),
  ...serverFields,
  tokenizer: tokenizerField
    .optional()
    .describe(
      "The model's `tokenizer.json` or the folder that holds it, relative to this file. Left out: tokens are the texts that the server decodes them to, which hides those that are no whole characters.",
    ),
})
