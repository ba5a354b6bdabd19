import { z } from 'zod'
import { milliseconds } from './milliseconds.ts'

export const redisSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^rediss?$/ })
      .describe('`redis://` or `rediss://`, with user, password and database if need be.'),
    prefix: z.string().default('tutti:').describe('What the names of its keys begin with.'),
    timeout_ms: milliseconds(1).default(250).describe('Milliseconds that one call may take.'),
    on_failure: z
      .enum(['open', 'closed'])
      .default('open')
      .describe(
        'Requests of keys with a rate limit while Redis does not count (no connection, no answer, a replica, no memory): `open` lets them through uncounted, `closed` refuses them with a 503.',
      ),
  })
  .describe('Where gateways that share their rate limits count. Left out: each counts for itself.')
