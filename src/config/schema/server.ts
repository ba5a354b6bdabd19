import { z } from 'zod'

/** Where the gateway listens and what it takes. */
export const serverSchema = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('Address to listen on. The default takes connections of this machine only; `0.0.0.0` takes all.'),
    port: z.int().min(0).max(65535).default(8080).describe('TCP port. 0 takes any free one and prints it.'),
    body_limit_bytes: z
      .int()
      .min(1024)
      .default(1_048_576)
      .describe('Largest request body in bytes; a larger one is answered with 413.'),
    log_level: z
      .enum(['silent', 'error', 'warn', 'info', 'debug'])
      .default('info')
      .describe('Least severity that is logged. Prompts and completions are never logged at any level.'),
  })
  .describe('The HTTP server.')
