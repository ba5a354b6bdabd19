import { z } from 'zod'

// Fields that several kinds of member have. A kind's schema is its own file beside this one.

const url = z.url({ protocol: /^https?$/ })

/** Where the member is. */
export const placeFields = {
  url: url.optional().describe('Base URL of the server.'),
  replicas: z
    .array(url)
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
      connect_ms: z.int().min(1).default(2000).describe('Milliseconds to open a connection.'),
      first_byte_ms: z
        .int()
        .min(1)
        .default(15_000)
        .describe('Milliseconds from the call to the first byte of its answer.'),
      silence_ms: z.int().min(1).default(10_000).describe('Milliseconds between two pieces of one answer.'),
    })
    .describe('How long a call of the member may take before it counts as failed.')
    .prefault({}),
}

/** A server that somebody else wrote. */
export const serverFields = {
  ...placeFields,
  api_key: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Sent as a bearer token with every call; a dollar sign and the name of a variable in braces take it from the environment.',
    ),
  model: z.string().min(1).optional().describe('Name of the model at the server. Left out: the one it serves.'),
  ...callFields,
}

/** Its own reason to need a tokenizer file stands in the kind's schema. */
export const tokenizerField = z.string().min(1)

/** Where it comes from when it is left out stands in the kind's schema. */
export const contextLengthField = z.int().min(2).optional()
