import { z } from 'zod'
import { TuttiError } from '../../errors.ts'
import type { Service } from './service.ts'

/** `{tokens}` or `{text}`, not both: a union would answer a wrong field with no more than "invalid input". */
export const contextSchema = z
  .strictObject({
    tokens: z
      .array(z.int())
      .optional()
      .describe('Token ids, with the beginning-of-sequence token if the model has one'),
    text: z.string().optional().describe('Text; tokenised with the special tokens the model expects'),
  })
  .refine((context) => (context.tokens === undefined) !== (context.text === undefined), {
    message: 'give either tokens or text',
  })

/** @throws TuttiError `unknown_token` that names the position. */
export function checkTokens(tokens: ArrayLike<number>, size: number, field: string): void {
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as number
    if (token >= 0 && token < size) continue
    const param = `${field}[${i}]`
    throw new TuttiError('unknown_token', `${param}: token ${token} is not in the vocabulary of ${size} tokens`, {
      param,
    })
  }
}

/**
 * The context's tokens, checked.
 *
 * @param extra tokens that follow it and must fit too.
 * @throws TuttiError `unknown_token`, `context_length_exceeded`, or `invalid_request` for an empty context.
 */
export function readContext(service: Service, context: z.infer<typeof contextSchema>, extra = 0): Int32Array {
  const { tokenizer, table, contextLength } = service
  const tokens =
    context.text === undefined
      ? Int32Array.from(context.tokens ?? [])
      : tokenizer.encode(context.text, { addSpecialTokens: true, parseSpecialTokens: false })
  const param = context.text === undefined ? 'context.tokens' : 'context.text'
  if (tokens.length === 0) throw new TuttiError('invalid_request', `${param}: holds no token`, { param })
  if (context.tokens !== undefined) checkTokens(context.tokens, table.size, param)
  if (tokens.length + extra > contextLength) {
    const length = extra === 0 ? `${tokens.length}` : `${tokens.length} + ${extra}`
    const message = `${param}: ${length} tokens are more than the model's ${contextLength}`
    throw new TuttiError('context_length_exceeded', message, { param })
  }
  return tokens
}
