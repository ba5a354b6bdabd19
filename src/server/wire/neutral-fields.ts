import { z } from 'zod'

/** What may stand for nothing in a request: JSON of some few values. */
type Neutral = string | boolean | readonly Neutral[] | { readonly [name: string]: Neutral }

/**
 * A field that other servers honour and Tutti does not yet. It may be sent with a value that asks for nothing; any other
 * is refused by name, because an option dropped in silence gives a wrong answer that looks right.
 */
function neutral(...values: readonly Neutral[]) {
  const allowed = values.map((value) => JSON.stringify(value))
  return z
    .unknown()
    .refine((value) => value === null || values.some((one) => isEqual(value, one)), {
      error: `can only be ${[...allowed, 'null'].join(' or ')} for now`,
      params: { code: 'unsupported_parameter' },
    })
    .optional()
    .meta({
      enum: [...values, null],
      description: 'Not supported yet: only a value that asks for nothing is accepted.',
    })
}

/** Goes no deeper than the neutral value: a caller's may be nested so deep that whatever goes through it runs out of stack. */
function isEqual(value: unknown, one: Neutral): boolean {
  if (typeof one !== 'object') return value === one
  if (typeof value !== 'object' || value === null || Array.isArray(value) !== Array.isArray(one)) return false
  const parts = Object.entries(one)
  if (Object.keys(value).length !== parts.length) return false
  return parts.every(
    ([name, part]) => Object.hasOwn(value, name) && isEqual((value as Record<string, unknown>)[name], part),
  )
}

/** A label for the provider's own bookkeeping. */
const ignored = z.string().nullish().describe('Accepted and ignored.')

const neutralFields = {
  response_format: neutral({ type: 'text' }),
  tools: neutral([]),
  tool_choice: neutral('none', 'auto'),
  functions: neutral([]),
  function_call: neutral('none', 'auto'),
  store: neutral(false),
  service_tier: neutral('auto', 'default'),
}

/** OpenAI's fields of a completion (and those of chat that are sent here by mistake) with their neutral values. */
export const neutralCompletionFields = { ...neutralFields, top_logprobs: neutral(), suffix: neutral('') }

/** OpenAI's fields of a chat completion that Tutti can't honour, and those that ask for nothing. */
export const neutralChatFields = {
  ...neutralFields,
  parallel_tool_calls: neutral(true, false),
  modalities: neutral(['text']),
  audio: neutral(),
  prediction: neutral(),
  reasoning_effort: neutral('none'),
  verbosity: neutral('medium'),
  web_search_options: neutral(),
  prompt_cache_key: ignored,
  safety_identifier: ignored,
}
