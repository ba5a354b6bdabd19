import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import type { App } from './app.ts'

/** Logs what is asked and answered in full, where the configuration says so (`log_content`): off, nothing of it is logged. */
export function registerContentLog(app: App): void {
  app.addHook('preHandler', async ({ body, log }) => {
    if (body !== undefined && body !== null) log.info({ content: JSON.stringify(body) }, 'request content')
  })
  app.addHook('onSend', async (request, _reply, payload) => {
    if (quiet(request)) return payload
    if (payload instanceof Readable) return Readable.from(told(payload, request))
    if (typeof payload === 'string') request.log.info({ content: payload }, 'answer content')
    return payload
  })
}

function quiet({ method }: FastifyRequest): boolean {
  return method !== 'POST'
}

/** A stream as it goes out, which is logged when it has ended. */
async function* told(payload: Readable, { log }: FastifyRequest): AsyncGenerator<string, void> {
  let content = ''
  try {
    for await (const part of payload) {
      content += String(part)
      yield String(part)
    }
  } finally {
    log.info({ content }, 'answer content')
  }
}
