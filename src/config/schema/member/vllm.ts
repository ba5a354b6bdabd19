import { z } from 'zod'
import { serverFields, tokenizerField } from './fields.ts'

export const vllmSchema = z.strictObject({
  kind: z.literal('vllm').describe("Wire protocol: vLLM's OpenAI-compatible server."),
  ...serverFields,
  tokenizer: tokenizerField.describe(
    "The model's `tokenizer.json` or the folder that holds it, relative to this file: the server does not tell the bytes of its tokens.",
  ),
})
