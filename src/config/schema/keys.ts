import { z } from 'zod'
import { nameSchema } from './members.ts'

const keySchema = z.strictObject({
  name: nameSchema.describe('Whose key it is, for logs and metrics.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case, as `tutti key` prints them')
    .optional()
    .describe('SHA-256 of the key in hexadecimal digits. `tutti key` makes a key and its hash.'),
  env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
    .optional()
    .describe(
      'Instead of `sha256`: name of the environment variable that holds the key itself; a line end behind it is taken off.',
    ),
  ensembles: z.array(z.string()).min(1).optional().describe('Ensembles that it may use. Left out: all.'),
  requests_per_minute: z.int().min(1).optional().describe('Most requests in one minute. Left out: no limit.'),
  cost_per_minute: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Most cost in one minute, in members × tokens: those of the prompt, and for each choice those that may be written. Left out: no limit.',
    ),
  concurrency: z.int().min(1).optional().describe('Most requests that run or wait at a time. Left out: no limit.'),
})

export const keysSchema = z
  .array(keySchema)
  .describe('Who may use the gateway, with `Authorization: Bearer KEY`. Empty: whoever can reach it.')
