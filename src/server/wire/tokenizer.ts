import { z } from 'zod'
import { messageSchema } from './chat-request.ts'

const model = z.string().optional().describe('An ensemble or `ensemble/member`; left out: the first ensemble.')

/** Body of `POST /tokenize`, in vLLM's shape: a text or a conversation. */
export const tokenizeBody = z
  .strictObject({
    model,
    prompt: z
      .string()
      .optional()
      .describe('A text; or the name of a special token alone, as `/tokenizer_info` has it.'),
    messages: z.array(messageSchema).min(1).optional(),
    add_special_tokens: z
      .boolean()
      .optional()
      .describe('With those that begin a context; true for a text when left out.'),
    add_generation_prompt: z.literal(true).optional(),
    return_token_strs: z.boolean().nullish().describe('With the text of each token.'),
  })
  .superRefine((body, context) => {
    if ((body.prompt === undefined) === (body.messages === undefined)) {
      context.addIssue({ code: 'custom', path: ['prompt'], message: 'give either `prompt` or `messages`' })
    }
    if (body.messages !== undefined && body.add_special_tokens === true) {
      const message = 'can only be false with `messages`, whose template has them'
      context.addIssue({ code: 'custom', path: ['add_special_tokens'], message })
    }
  })

export const tokenized = z.object({
  count: z.int(),
  max_model_len: z.int(),
  tokens: z.array(z.int()),
  token_strs: z.array(z.string()).nullable(),
})

export const detokenizeBody = z.strictObject({ model, tokens: z.array(z.int().min(0)) })

export const detokenized = z.object({
  prompt: z.string().describe('Without special tokens; with U+FFFD where the tokens cut a character.'),
})

export const tokenizerInfoQuery = z.strictObject({ model })

export const tokenizerInfo = z.object({
  tokenizer_class: z.literal('TuttiLeadMember'),
  member: z.string().describe('The lead member, whose tokens these are.'),
  vocab_size: z.int(),
  model_max_length: z.int(),
  bos_token: z.string().nullable().describe('What begins every context, by the name that `/tokenize` takes.'),
  eos_token: z.string().nullable().describe('What ends a text, by the name that `/tokenize` takes.'),
  vocabulary_fingerprint: z.string().nullable(),
})
