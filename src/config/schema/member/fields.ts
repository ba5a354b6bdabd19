import { z } from 'zod'
import { bearerText, notVisible, withoutLineEnd } from '../../secret-text.ts'
import { milliseconds } from '../milliseconds.ts'
import { baseUrl } from './base-url.ts'

// Fields that several kinds of member have. A kind's schema is its own file beside this one.

/** Where the member is. */
export const placeFields = {
  url: baseUrl.optional().describe('Base URL of the server, without user, password, query and fragment.'),
  replicas: z
    .array(baseUrl)
    .min(1)
    .optional()
    .describe(
      'Base URLs of several servers that serve the same model, instead of `url`; the least busy one is called.',
    ),
}

/** How it is called. */
export const callFields = {
  top_k: z
    .int()
    .min(1)
    .optional()
    .describe("Longest list asked of this member. Left out: as long as the ensemble's `top_k` and the member allow."),
  timeouts: z
    .strictObject({
      connect_ms: milliseconds(1).default(2000).describe('Milliseconds to open a connection.'),
      first_byte_ms: milliseconds(1)
        .default(15_000)
        .describe('Milliseconds from the call to the first byte of its answer.'),
      silence_ms: milliseconds(1).default(10_000).describe('Milliseconds between two pieces of one answer.'),
      first_token_ms: milliseconds(1)
        .default(30_000)
        .describe('Milliseconds from the call to its first token, or to an answer that comes in one piece.'),
      between_tokens_ms: milliseconds(1)
        .default(15_000)
        .describe('Milliseconds to the next token, however many bytes come that are none.'),
      total_ms: milliseconds(1)
        .optional()
        .describe(
          'Milliseconds that may be spent on waiting for one call in all, its retries among them. Left out: no limit but the deadline of the request.',
        ),
    })
    .describe('How long a call of the member may take before it counts as failed.')
    .prefault({}),
  retries: z
    .strictObject({
      most: z
        .int()
        .min(0)
        .max(10)
        .default(2)
        .describe(
          'Most times that a call is made again which failed before any of its answer was taken; only where the failure may be gone by then, and not after a time-out.',
        ),
      first_wait_ms: milliseconds(1)
        .default(50)
        .describe('Longest wait before the first of them, drawn at random; it doubles with each.'),
      longest_wait_ms: milliseconds(1)
        .default(2_000)
        .describe('Longest wait. A server that asks for more by `Retry-After` is not called again.'),
      budget: z
        .number()
        .min(0)
        .max(1)
        .default(0.2)
        .describe('Retries for each call, over all calls of the member; ten are saved at most.'),
    })
    .describe('How failed calls are made again.')
    .prefault({}),
  hedge: z
    .strictObject({
      quantile: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.95)
        .describe('A call that takes longer than this share of those before is late.'),
      least_ms: milliseconds(0).default(10).describe('Milliseconds before which no call is late.'),
      after_calls: z.int().min(1).max(256).default(20).describe('Calls of a kind that must have been observed.'),
    })
    .optional()
    .describe(
      'Makes calls that are late of another replica too, and keeps the first answer. Left out: each call is made of one replica at a time.',
    ),
  breaker: z
    .strictObject({
      failures: z.int().min(1).default(5).describe('Failures in a row after which a replica is not called.'),
      open_ms: milliseconds(1)
        .default(5_000)
        .describe('Milliseconds for which it is not called; then one call tries it.'),
    })
    .describe('When a replica that fails is left alone.')
    .prefault({}),
  max_concurrent: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Most calls of the member that are waited for at a time; a stream counts while its next token is awaited. Left out: no limit.',
    ),
  max_waiting: z
    .int()
    .min(0)
    .default(256)
    .describe('Most calls that wait under `max_concurrent`; more are refused with `member_busy`.'),
}

/** A server that somebody else wrote. */
export const serverFields = {
  ...placeFields,
  api_key: z
    .string()
    .overwrite(withoutLineEnd)
    .min(1)
    .regex(bearerText, `holds ${notVisible}`)
    .optional()
    .describe(
      'Sent as a bearer token with every call; a dollar sign and the name of a variable in braces take it from the environment. A line end behind it is taken off.',
    ),
  model: z.string().min(1).optional().describe('Name of the model at the server. Left out: the one it serves.'),
  ...callFields,
}

/** Its own reason to need a tokenizer file stands in the kind's schema. */
export const tokenizerField = z.string().min(1)

/** Where it comes from when it is left out stands in the kind's schema. */
export const contextLengthField = z.int().min(2).optional()
