import { z } from 'zod'
import type { ClassifyPrompt, ClassifyRequest } from '../../ensemble/classify/plan-classify.ts'
import { messageSchema, toMessage } from './chat-request.ts'
import { labelOptions, toAskedEnsemble } from './diagnostics.ts'
import { wholeText } from './whole-text.ts'

const mostInputs = 256
const mostLabels = 256
const placeholder = '{input}'
const usualContentFree = ['N/A']

const stacking = z.strictObject({
  labels: z.array(z.string()).min(2).describe('In the order of the rows.'),
  members: z.array(z.string()).min(1).describe('In the order of the columns.'),
  coefficients: z
    .array(z.array(z.number()))
    .describe(
      "A row a label: its bias, then one for each member's log-probability of each label, member after member.",
    ),
})

/** Body of `POST /v1/classify`. */
export const classifyBody = z
  .strictObject({
    model: z.string().describe('An ensemble, or `ensemble/member` for one member alone.'),
    input: z.string().optional().describe('What is classified; this or `inputs`.'),
    inputs: z.array(z.string()).min(1).max(mostInputs).optional().describe('Several; this or `input`.'),
    prompt: z
      .string()
      .optional()
      .describe('The text that labels follow, with `{input}` where the input stands. Left out: the input alone.'),
    messages: z
      .array(messageSchema)
      .min(1)
      .optional()
      .describe(
        "Instead of `prompt`: a conversation whose answer is the label, with `{input}` in some message's text.",
      ),
    labels: z
      .array(
        z.union([
          wholeText,
          z.strictObject({ label: wholeText, verbalisations: z.array(wholeText).min(1).max(16).optional() }),
        ]),
      )
      .min(2)
      .max(mostLabels)
      .describe('Texts as they follow the prompt, or labels with the texts that stand for them.'),
    normalisation: z
      .enum(['none', 'per_byte', 'pmi', 'contextual'])
      .optional()
      .describe(
        'How labels are made comparable: not at all, by their length, less what `domain_prompt` gives them, or less what inputs ' +
          'without content give them. Left out: as the ensemble has learned it for these labels, else `none`.',
      ),
    domain_prompt: z.string().optional().describe('With `pmi`: a prompt without the input.'),
    content_free: z
      .array(z.string())
      .min(1)
      .max(8)
      .optional()
      .describe('With `contextual`: inputs without content; `["N/A"]` when left out.'),
    pool: z
      .enum(['linear', 'log_linear', 'vote', 'stacking'])
      .optional()
      .describe("How the members' distributions over labels are fused. Left out: the ensemble's pool."),
    stacking: stacking.optional().describe('With the pool `stacking`: its coefficients, as `tutti tune` fits them.'),
    temperatures: z
      .record(z.string(), z.number().gt(0).max(1000))
      .optional()
      .describe(
        'By member: its scores are divided by this before they make a distribution. Left out: as learned, else 1.',
      ),
    pool_temperature: z
      .number()
      .gt(0)
      .max(1000)
      .optional()
      .describe('The same for the pooled probabilities. Left out: as learned, else 1.'),
    ensemble: labelOptions,
  })
  .superRefine((body, context) => {
    const refuse = (field: keyof typeof body, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message })
    const { input, inputs, prompt, messages, normalisation } = body
    if (input !== undefined && inputs !== undefined) refuse('inputs', 'give either `input` or `inputs`')
    if (prompt !== undefined && messages !== undefined) refuse('messages', 'give either `prompt` or `messages`')
    if (messages?.every(({ role }) => role === 'assistant'))
      refuse('messages', 'must hold one that is not the assistant’s')
    const given = input ?? inputs
    const holds = templateOf(body).includes(placeholder)
    if (holds && given === undefined) refuse('input', 'is missing: the template has `{input}`')
    const template = prompt === undefined ? 'messages' : 'prompt'
    if (!holds && given !== undefined) refuse(template, 'has no `{input}` to put the input in')
    if (normalisation === 'pmi' && body.domain_prompt === undefined) refuse('domain_prompt', 'is needed for `pmi`')
    const other = (one: typeof normalisation) => normalisation !== undefined && normalisation !== one
    if (body.domain_prompt !== undefined && other('pmi')) refuse('domain_prompt', 'is for the normalisation `pmi` only')
    if (body.content_free !== undefined && other('contextual')) {
      refuse('content_free', 'is for the normalisation `contextual` only')
    }
    if (normalisation === 'contextual' && !holds) refuse(template, 'needs `{input}` for `contextual`')
  })
  .meta({
    examples: [
      {
        model: 'tutti',
        input: 'We will defend the union and its constitution.',
        prompt: '{input}\nThis was said in a',
        labels: [' speech', ' novel'],
        normalisation: 'contextual',
      },
    ],
  })

type ClassifyBody = z.infer<typeof classifyBody>

function templateOf({ prompt, messages }: Pick<ClassifyBody, 'prompt' | 'messages'>): string {
  if (messages !== undefined) return messages.map((message) => toMessage(message).content).join('\n')
  return prompt ?? placeholder
}

export function toClassifyRequest(body: ClassifyBody): ClassifyRequest {
  const { inputs = body.input === undefined ? [''] : [body.input] } = body
  const filled = (input: string): ClassifyPrompt => {
    const fill = (template: string) => template.replaceAll(placeholder, () => input)
    if (body.messages === undefined) return fill(body.prompt ?? placeholder)
    return body.messages.map(toMessage).map(({ role, content }) => ({ role, content: fill(content) }))
  }
  return {
    model: body.model,
    ...toAskedEnsemble(body.ensemble),
    prompts: inputs.map(filled),
    contentFree: templateOf(body).includes(placeholder) ? (body.content_free ?? usualContentFree).map(filled) : [],
    ...domainOf(body),
    labels: body.labels.map((label) => (typeof label === 'string' ? { label } : withoutAbsent(label))),
    ...(body.normalisation && { normalisation: body.normalisation }),
    ...(body.pool && { pool: body.pool }),
    ...(body.stacking && {
      stacking: { labels: body.stacking.labels, members: body.stacking.members, rows: body.stacking.coefficients },
    }),
    ...(body.temperatures && { temperatures: new Map(Object.entries(body.temperatures)) }),
    ...(body.pool_temperature !== undefined && { poolTemperature: body.pool_temperature }),
    diagnostics: body.ensemble.diagnostics,
  }
}

function withoutAbsent({ label, verbalisations }: { label: string; verbalisations?: string[] | undefined }) {
  return { label, ...(verbalisations && { verbalisations }) }
}

function domainOf({ domain_prompt: domain, messages }: ClassifyBody): Pick<ClassifyRequest, 'domain'> {
  if (domain === undefined) return {}
  return { domain: messages === undefined ? domain : [{ role: 'user', content: domain }] }
}
