import { z } from 'zod'
import { TuttiError } from '../../errors.ts'

// Only what the adapter reads is checked; a newer worker may send more.

const list = z.object({ ids: z.string().optional(), log_probs: z.string() })

const stepSchema = z.object({ id: z.int().nonnegative(), top: list })

export const eventSchema = z.union([
  stepSchema,
  z.object({ finish_reason: z.string() }),
  z.object({ prompt_tokens: z.int() }),
  z.object({ error: z.string(), code: z.string() }),
])

export const scoreSchema = z.object({ steps: z.array(stepSchema) })

export const tokenizeSchema = z.object({ tokens: z.array(z.int().nonnegative()) })

export const chatSchema = z.object({ tokens: z.array(z.int().nonnegative()).min(1) })

export const serverSchema = z.object({ models: z.array(z.string()).min(1) })

export const modelSchema = z.object({
  parameters: z.object({
    context_length: z.int().positive(),
    vocabulary_size: z.int().positive(),
    vocabulary_fingerprint: z.string(),
    chat_template: z.boolean().default(false),
  }),
})

export const vocabularySchema = z.object({
  fingerprint: z.string(),
  size: z.int().positive(),
  bytes: z.string(),
  lengths: z.string(),
  end: z.array(z.int()),
  control: z.array(z.int()),
})

/** @throws TuttiError `member_protocol` that says what is wrong where. */
export function check<T>(schema: z.ZodType<T>, value: unknown, member: string, what: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const at = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`
  throw new TuttiError('member_protocol', `${member}: ${what} has the wrong shape${at}: ${issue?.message}`, { member })
}
