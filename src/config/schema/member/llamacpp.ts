import { z } from 'zod'
import { serverFields, tokenizerField } from './fields.ts'

export const llamacppSchema = z.strictObject({
  kind: z.literal('llamacpp').describe("Wire protocol: llama.cpp's `llama-server`."),
  ...serverFields,
  tokenizer: tokenizerField
    .optional()
    .describe(
      "The model's `tokenizer.json` or the folder that holds it, relative to this file. Left out: the vocabulary is learnt from the server, which takes one call as long as the vocabulary.",
    ),
})
