import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** One call of the server behind a proxy, for a fault to do what it does with it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Aborts when the client has left, or has all of the answer. */
  readonly over: AbortSignal
  /** The answer of the server behind, or of one that stands in for it. */
  answer(server?: string): Promise<IncomingMessage>
  readonly proxy: FaultyProxy
}

/** What a fault does with one exchange; returns whether there was anything in it for the fault to strike. */
export type Strike = (exchange: Exchange) => Promise<boolean>

/** A proxy in front of a healthy server, which hands everything on until it is told of a fault. */
export interface FaultyProxy {
  readonly url: string
  readonly port: number
  /** For the exchanges that come from now on; null: none. */
  strike: Strike | null
  /** Exchanges that a fault has struck. */
  struck: number
  /** Calls of the model whose client still waits for some of the answer. */
  readonly waiting: number
  /** Connections of clients. */
  readonly connections: number
  /** Stops listening and cuts all connections. */
  shut(): Promise<void>
  /** Listens again, on the same port. */
  reopen(): Promise<void>
  close(): Promise<void>
}

/** @param to base URL of the server behind. */
export async function startFaultyProxy(to: string): Promise<FaultyProxy> {
  const sockets = new Set<Socket>()
  const agent = new Agent({ keepAlive: false })
  let port = 0
  let waiting = 0

  function answerOf(request: IncomingMessage, over: AbortSignal, server: string): Promise<IncomingMessage> {
    const { method, url = '/' } = request
    const headers = ofTheCall(request)
    const onward = httpRequest(new URL(url, server), { method: method ?? 'GET', headers, agent, signal: over })
    request.pipe(onward)
    return new Promise((resolve, reject) =>
      onward.on('error', reject).on('response', (came) => {
        came.headers = ofTheCall(came)
        resolve(came)
      }),
    )
  }

  const server = createServer({ noDelay: true, keepAliveTimeout: 5_000 }, async (request, response) => {
    // Probes ask by GET; they are no part of a request, and last as long as probes may.
    const counts = request.method === 'POST' ? 1 : 0
    waiting += counts
    const ended = new AbortController()
    response.on('close', () => {
      waiting -= counts
      ended.abort()
    })
    const over = ended.signal
    const exchange = { request, response, over, proxy, answer: (other = to) => answerOf(request, over, other) }
    try {
      if (await (proxy.strike ?? handOn)(exchange)) proxy.struck++
    } catch (error) {
      // The client has left, which ends the call of the server behind.
      if (!over.aborted) response.destroy(error as Error)
    }
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
  })
  const listen = () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const shut = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.resetAndDestroy()
    await closed
  }
  await listen()
  port = (server.address() as AddressInfo).port
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${port}`,
    port,
    strike: null,
    struck: 0,
    get waiting() {
      return waiting
    },
    get connections() {
      return sockets.size
    },
    shut,
    reopen: listen,
    async close() {
      if (server.listening) await shut()
      agent.destroy()
    },
  }
  return proxy
}

/** Headers that are not those of one connection. */
function ofTheCall({ headers }: IncomingMessage): IncomingHttpHeaders {
  const { connection: _, 'keep-alive': __, ...others } = headers
  return others
}

/** Hands an exchange on as it is. */
export async function handOn(exchange: Exchange): Promise<false> {
  await handTo(exchange)
  return false
}

/** Hands an exchange to the server behind, or to one that stands in for it. */
export async function handTo({ answer, response }: Exchange, server?: string): Promise<true> {
  const came = await answer(server)
  response.writeHead(came.statusCode ?? 502, came.headers)
  for await (const chunk of came) response.write(chunk)
  response.end()
  return true
}
