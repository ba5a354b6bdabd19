import { z } from 'zod'
import { serverFields, tokenizerField } from './fields.ts'

export const sglangSchema = z.strictObject({
  kind: z
    .literal('sglang')
    .describe(
      "Wire protocol: SGLang's native server, which lists as many tokens as it is asked for, slowly: a `top_k` of a few dozen is wise.",
    ),
  ...serverFields,
  tokenizer: tokenizerField.describe(
    "The model's `tokenizer.json` or the folder that holds it, relative to this file: the server does not tell the bytes of its tokens.",
  ),
})
