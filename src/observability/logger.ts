import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'

export type { Logger }

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug'

/**
 * The log: one JSON object a line. Prompts and completions never reach it, because only named facts are logged. Request
 * and response objects, and messages of errors, which might hold them, are cut down here in case someone logs one.
 */
export function createLogger(level: LogLevel, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {
        req: () => undefined,
        res: () => undefined,
        err: (error: unknown) => ({ name: error instanceof Error ? error.name : typeof error, code: codeOf(error) }),
      },
      redact: { paths: ['headers', 'body', 'prompt', 'authorization', '*.prompt', '*.authorization'], remove: true },
    },
    destination,
  )
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined
}
