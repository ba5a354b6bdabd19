import { z } from 'zod'
import type { CompletionRequest } from '../../ensemble/plan.ts'
import { neutralChatFields } from './neutral-fields.ts'
import { commonFields, toCommonRequest, tokenCount } from './request-fields.ts'

const textPart = z.strictObject({ type: z.literal('text'), text: z.string() })

/** One message of a conversation. */
export const messageSchema = z.strictObject({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z
    .union([z.string(), z.array(textPart).min(1)], { error: 'must be a text or a list of parts of type `text`' })
    .describe('A text, or parts of type `text`, which are put together.'),
  refusal: z.null().optional().describe('As answers have it that are sent back.'),
})

/** Body of `POST /v1/chat/completions`: OpenAI's, with `min_p`, the prefill fields that servers share, and `ensemble`. */
export const chatBody = z
  .strictObject({
    ...commonFields,
    messages: z.array(messageSchema).min(1).describe("The conversation; each member's own template renders it."),
    max_completion_tokens: tokenCount(1).describe(
      'Most segments of output (tokens of the lead member); left out: as many as there is room for.',
    ),
    max_tokens: tokenCount(1).describe('The older name of `max_completion_tokens`.'),
    logprobs: z.boolean().nullish().describe('Log-probabilities of the segments.'),
    top_logprobs: z.int().min(0).max(20).nullish().describe('With `logprobs`: of so many alternatives too.'),
    continue_final_message: z
      .boolean()
      .nullish()
      .describe('Go on with the last message, which is the beginning of the answer, instead of answering it.'),
    add_generation_prompt: z
      .boolean()
      .nullish()
      .describe('True unless `continue_final_message` is; any other combination is refused.'),
    ...neutralChatFields,
  })
  .superRefine((body, context) => {
    const refuse = (field: keyof typeof body, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message })
    if (body.stream_options != null && body.stream !== true) refuse('stream_options', 'needs `stream` to be true')
    if (body.top_logprobs != null && body.logprobs !== true) refuse('top_logprobs', 'needs `logprobs` to be true')
    const { max_tokens: older, max_completion_tokens: newer } = body
    if (older != null && newer != null && older !== newer) {
      refuse('max_tokens', 'differs from `max_completion_tokens`; give one of them')
    }
    const continued = body.continue_final_message === true
    const [before, last] = [undefined, ...body.messages].slice(-2).map((message) => message?.role)
    if (continued !== (last === 'assistant')) {
      const remedy = continued ? 'be of role `assistant`' : 'not be; set it to go on with that message'
      refuse('continue_final_message', `needs the last message to ${remedy}`)
    } else if (continued && (before === undefined || before === 'assistant')) {
      refuse('messages', 'must hold a message of another role before the one that is to be gone on with')
    }
    if ((body.add_generation_prompt ?? !continued) === continued) {
      refuse(
        'add_generation_prompt',
        `can only be ${!continued} ${continued ? 'with' : 'without'} \`continue_final_message\``,
      )
    }
  })

export type ChatBody = z.infer<typeof chatBody>

/** As many segments as a context can have. */
const unlimited = 65_536

export function toChatRequest(body: ChatBody): CompletionRequest {
  const messages = body.messages.map(toMessage)
  const continued = body.continue_final_message === true
  const limit = body.max_completion_tokens ?? body.max_tokens
  const prefill = continued ? (messages.at(-1) as Message).content : ''
  return {
    ...toCommonRequest(body),
    prompt: { messages: continued ? messages.slice(0, -1) : messages, prefill },
    promptParam: 'messages',
    maxTokens: limit ?? unlimited,
    ...(limit == null && { openEnded: true }),
    ...(body.logprobs === true ? { alternatives: body.top_logprobs ?? 0 } : {}),
  }
}

interface Message {
  readonly role: string
  readonly content: string
}

export function toMessage({ role, content }: z.infer<typeof messageSchema>): Message {
  return { role, content: typeof content === 'string' ? content : content.map(({ text }) => text).join('') }
}
