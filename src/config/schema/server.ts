import { z } from 'zod'
import { keysSchema } from './keys.ts'
import { limitsSchema } from './limits.ts'
import { milliseconds } from './milliseconds.ts'

/** Where the gateway listens, whom it serves and what it takes. */
export const serverSchema = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe(
        'Address to listen on. The default takes connections of this machine only; `0.0.0.0` takes all, and needs `keys` or `allow_anonymous`.',
      ),
    port: z.int().min(0).max(65535).default(8080).describe('TCP port. 0 takes any free one and prints it.'),
    keys: keysSchema.default([]),
    allow_anonymous: z
      .boolean()
      .default(false)
      .describe(
        'Without `keys`: listen beyond this machine all the same, because something before the gateway lets nobody in who should not be.',
      ),
    metrics: z
      .enum(['key', 'open'])
      .default('key')
      .describe('Who may read `/metrics` where there are `keys`: whoever has any of them, or everybody.'),
    console: z
      .boolean()
      .default(true)
      .describe(
        'Serves the page at `/` that shows ensembles at work. It holds no data; what it shows it asks for with the key of whoever sits before it.',
      ),
    body_limit_bytes: z
      .int()
      .min(1024)
      .default(1_048_576)
      .describe('Largest request body in bytes; a larger one is answered with 413.'),
    limits: limitsSchema.prefault({}),
    drain_ms: milliseconds(0)
      .default(10_000)
      .describe(
        'Milliseconds that running requests get to end by themselves when the gateway is stopped; then they end with the error `stopping`.',
      ),
    log_level: z
      .enum(['silent', 'error', 'warn', 'info', 'debug'])
      .default('info')
      .describe('Least severity that is logged. Prompts and completions are logged at no level without `log_content`.'),
    log_content: z
      .boolean()
      .default(false)
      .describe('Logs request bodies and answers in full at `info`. Off unless callers know that they are recorded.'),
  })
  .describe('The HTTP server.')
