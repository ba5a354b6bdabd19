import { z } from 'zod'
import { contextLengthField, serverFields, tokenizerField } from './fields.ts'

export const ollamaSchema = z.strictObject({
  kind: z.literal('ollama').describe('Wire protocol: Ollama, from 0.12.11 on.'),
  ...serverFields,
  model: z.string().min(1).describe('Name of the model at the server.'),
  tokenizer: tokenizerField
    .optional()
    .describe(
      "The model's `tokenizer.json` or the folder that holds it, relative to this file: entries whose text tells the token become tokens. Left out: texts.",
    ),
  context_length: contextLengthField.describe(
    'Most tokens of a context and what follows it, sent as `num_ctx`. Left out: that of the modelfile, or 4096; never more than the model has.',
  ),
})
