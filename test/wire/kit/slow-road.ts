import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A proxy that hands answers on line by line, slowly, and knows which of them are still read. */
export interface SlowRoad {
  readonly url: string
  /** Calls whose answers are neither whole nor left by the client. */
  readonly open: number
  /** When the last call came or the last answer ended, in milliseconds of `performance.now()`. */
  readonly lastMs: number
  /** Answers that the client left before their end. */
  readonly left: number
  close(): Promise<void>
}

/** @param perLineMs before an answer begins, and after each of its lines: an event of any protocol is one or two. */
export async function startSlowRoad(to: string, perLineMs: number): Promise<SlowRoad> {
  const counts = { open: 0, left: 0, lastMs: 0 }
  const server = createServer({ noDelay: true }, (request, response) => {
    counts.open++
    counts.lastMs = performance.now()
    const gone = new AbortController()
    response.on('close', () => {
      counts.open--
      counts.lastMs = performance.now()
      if (!response.writableFinished) counts.left++
      gone.abort()
    })
    const { method, headers, url = '/' } = request
    const onward = httpRequest(new URL(url, to), { method: method ?? 'GET', headers, signal: gone.signal })
    onward.on('response', (answer) => void handOn(answer, response, perLineMs))
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get open() {
      return counts.open
    },
    get lastMs() {
      return counts.lastMs
    },
    get left() {
      return counts.left
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function handOn(answer: IncomingMessage, response: ServerResponse, perLineMs: number): Promise<void> {
  try {
    await sleep(perLineMs)
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    for await (const chunk of answer) {
      for (const line of (chunk as Buffer).toString('latin1').split(/(?<=\n)(?!\n)/)) {
        if (response.destroyed) return
        response.write(Buffer.from(line, 'latin1'))
        await sleep(perLineMs)
      }
    }
    response.end()
  } catch {
    response.destroy()
  }
}
