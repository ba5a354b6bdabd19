import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that costs nearly nothing: what it has once been told by another it says again from memory. */
export interface InstantServer {
  readonly url: string
  /** How often each route was called. */
  readonly calls: Map<string, number>
}

interface Remembered {
  readonly status: number
  readonly type: string
  readonly body: Buffer
}

export async function instantServer(behind: string): Promise<InstantServer> {
  const memory = new Map<string, Remembered>()
  const calls = new Map<string, number>()

  async function ask(method: string, path: string, body: string): Promise<Remembered> {
    const sent = method === 'GET' ? {} : { body, headers: { 'content-type': 'application/json' } }
    const answer = await fetch(new URL(path, behind), { method, ...sent })
    const type = answer.headers.get('content-type') ?? 'application/json'
    return { status: answer.status, type, body: Buffer.from(await answer.arrayBuffer()) }
  }

  const server = createServer({ noDelay: true, keepAliveTimeout: 60_000 }, async (request, response) => {
    const { method = 'GET', url = '/' } = request
    calls.set(`${method} ${url}`, (calls.get(`${method} ${url}`) ?? 0) + 1)
    const body = await textOf(request)
    const name = `${method} ${url} ${body}`
    let known = memory.get(name)
    if (known === undefined) {
      known = await ask(method, url, body)
      memory.set(name, known)
    }
    response.writeHead(known.status, { 'content-type': known.type, 'content-length': known.body.length })
    response.end(known.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1024, resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
