import { z } from 'zod'
import type { CompletionRequest } from '../../ensemble/plan.ts'
import { neutralCompletionFields } from './neutral-fields.ts'
import { commonFields, toCommonRequest, tokenCount } from './request-fields.ts'

const idsSchema = z.array(z.int().min(0)).min(1)

/** Most prompts of one request. */
const mostPrompts = 1024

const promptSchema = z
  .union(
    [z.string(), z.array(z.string()).min(1).max(mostPrompts), idsSchema, z.array(idsSchema).min(1).max(mostPrompts)],
    { error: `must be a text, a list of at most ${mostPrompts} texts, a list of token ids, or a list of such lists` },
  )
  .describe("What to continue: a text, or token ids of the lead member's vocabulary; or several of one kind.")

/** Most choices of one request, over all its prompts. */
const mostChoices = 4096

/** Body of `POST /v1/completions`: OpenAI's, with `min_p` and `ensemble` beside. */
export const completionBody = z
  .strictObject({
    ...commonFields,
    prompt: promptSchema,
    max_tokens: tokenCount(0).describe(
      'Most segments of output (tokens of the lead member); 16 when left out. 0 only with `echo`.',
    ),
    best_of: z
      .int()
      .min(1)
      .max(20)
      .nullish()
      .describe(
        'Generate so many and answer with the `n` of the highest mean log-probability per token, those that `stop` cuts off among them. ' +
          'Not with `stream`.',
      ),
    echo: z.boolean().nullish().describe('Answer with the prompt before its completion.'),
    logprobs: z
      .int()
      .min(0)
      .max(5)
      .nullish()
      .describe('Log-probabilities of the segments and of so many alternatives; with `echo` of the prompt too.'),
    ...neutralCompletionFields,
  })
  .superRefine((body, context) => {
    const refuse = (field: keyof typeof body, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message })
    if (body.stream_options != null && body.stream !== true) refuse('stream_options', 'needs `stream` to be true')
    if (body.max_tokens === 0 && body.echo !== true) refuse('max_tokens', 'can be 0 only with `echo`; must be >=1')
    if (body.best_of != null && body.best_of < (body.n ?? 1)) refuse('best_of', 'must be at least `n`')
    if (body.best_of != null && body.best_of > (body.n ?? 1) && body.stream === true) {
      refuse('best_of', 'can only be `n` with `stream`, as the best is known when all have ended')
    }
    if (toPrompts(body.prompt).length * choicesPerPrompt(body) > mostChoices) {
      refuse('n', `asks for more than ${mostChoices} choices over all prompts`)
    }
  })

export type CompletionBody = z.infer<typeof completionBody>

/** How many completions to generate for each prompt. */
export function choicesPerPrompt(body: Pick<CompletionBody, 'n' | 'best_of'>): number {
  return body.best_of ?? body.n ?? 1
}

/** One request for each prompt of the body. */
export function toCompletionRequests(body: CompletionBody): CompletionRequest[] {
  const prompts = toPrompts(body.prompt)
  const common = {
    ...toCommonRequest(body),
    maxTokens: body.max_tokens ?? 16,
    echo: body.echo ?? false,
    ...(body.logprobs == null ? {} : { alternatives: body.logprobs }),
  }
  return prompts.map((prompt, index) => ({
    ...common,
    prompt,
    promptParam: prompts.length === 1 ? 'prompt' : `prompt[${index}]`,
  }))
}

function toPrompts(prompt: z.infer<typeof promptSchema>): (string | readonly number[])[] {
  if (typeof prompt === 'string') return [prompt]
  if (typeof prompt[0] === 'number') return [prompt as number[]]
  return prompt as (string | number[])[]
}
