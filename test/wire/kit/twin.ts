import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Faults, Latency } from './faults.ts'
import { TwinCall } from './twin-call.ts'
import type { TwinModel } from './twin-model.ts'

/** A protocol as a twin speaks it. One source of truth each: what a test needs of the real server's manners is here. */
export interface Protocol {
  readonly kind: string
  /** By method and path, e.g. `POST /completion`. */
  readonly routes: Readonly<Record<string, (call: TwinCall) => Promise<void>>>
  /** The routes that run the model: faults and latencies are theirs. */
  readonly inference: readonly string[]
  /** Body of an error. */
  refusal(status: number, message: string): unknown
  /** What a stream of a route sends when it fails under way, and what still follows. */
  streamError(message: string, route: string): string[]
  /** Status of a body that is not JSON. */
  readonly badJson: number
}

export interface TwinOptions {
  readonly latency?: Latency
  /** Calls without it are answered with 401. */
  readonly apiKey?: string
}

/** A real HTTP server that behaves as a backend does, traps included. */
export interface Twin {
  readonly url: string
  readonly model: TwinModel
  /** May be changed at any time; holds for the calls that come after. */
  faults: Faults
  latency: Latency
  /** Routes that were called, in order, with their headers and bodies. */
  readonly calls: { readonly route: string; readonly headers: IncomingHttpHeaders; readonly body: unknown }[]
  /** Answers that the client left before their end. */
  left: number
  close(): Promise<void>
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

export async function startTwin(protocol: Protocol, model: TwinModel, options: TwinOptions = {}): Promise<Twin> {
  const server = createServer({ noDelay: true, keepAliveTimeout: 5_000 }, async (request, response) => {
    const route = `${request.method} ${request.url}`
    const send = (status: number, body: unknown, headers = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    }
    response.on('close', () => {
      if (!response.writableFinished) twin.left++
    })
    const text = await textOf(request)
    let body: unknown = null
    try {
      if (text !== '') body = JSON.parse(text)
    } catch {
      return send(protocol.badJson, protocol.refusal(protocol.badJson, 'parse error'))
    }
    twin.calls.push({ route, headers: request.headers, body })
    const handle = protocol.routes[route]
    if (options.apiKey !== undefined && request.headers.authorization !== `Bearer ${options.apiKey}`) {
      return send(401, protocol.refusal(401, 'invalid key'))
    }
    if (handle === undefined) return send(404, protocol.refusal(404, `no route ${route}`))
    const runs = protocol.inference.includes(route)
    const faults = runs ? twin.faults : {}
    if (faults.refuse !== undefined) {
      const { status, retryAfter } = faults.refuse
      return send(status, protocol.refusal(status, 'overloaded'), retryAfter ? { 'retry-after': retryAfter } : {})
    }
    const latency = runs ? twin.latency : {}
    const streamError = (message: string) => protocol.streamError(message, route)
    const call = new TwinCall(request, response, body, { model, faults, latency, streamError })
    await call.pause('roundTripMs')
    await handle(call).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else send(500, protocol.refusal(500, String(error)))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const twin: Twin = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    model,
    faults: {},
    latency: options.latency ?? {},
    calls: [],
    left: 0,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return twin
}

/** Server-sent events. */
export const event = (json: string): string => `data: ${json}\n\n`
