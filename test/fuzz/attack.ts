import fc from 'fast-check'
import { expect } from 'vitest'
import { liveBytes } from './live-bytes.ts'
import { rawMessages, statusesOf } from './raw-http.ts'
import { fuzzRequests, type OpenApi } from './requests.ts'
import { faultOf, startTarget } from './target.ts'

/** Statuses that no fault of the gateway has: nobody is slow here, so that 5xx would be one, but for features that HTTP has and it has not. */
const harmless = (status: number) => status < 500 || status === 501 || status === 505

/**
 * Sends `count` requests and a fiftieth as many raw messages. Nothing may be answered as a fault of the gateway's own, none may hang, and
 * what lives in memory may not grow by more than `growth` bytes over the second half.
 */
export async function attack(count: number, growth: number): Promise<void> {
  const app = await startTarget()
  const answered = new Map<string, number>()
  try {
    const requests = fuzzRequests(app.swagger() as unknown as OpenApi)
    const half = async (numRuns: number, seed: number) => {
      const property = fc.asyncProperty(requests, async (request) => {
        const fault = await faultOf(app, request)
        answered.set(request.url.split('?')[0] ?? '', 1)
        expect(fault).toBeNull()
      })
      const { seed: known = 0 } = fc.readConfigureGlobal()
      await fc.assert(property, { numRuns, seed: known + seed })
    }
    await half(Math.ceil(count / 2), 0)
    const before = liveBytes()
    await half(Math.floor(count / 2), 1)
    expect(liveBytes() - before).toBeLessThan(growth)

    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as { port: number }
    const raw = fc.asyncProperty(rawMessages, async (bytes) => {
      for (const status of await statusesOf(port, bytes)) expect(harmless(status)).toBe(true)
    })
    await fc.assert(raw, { numRuns: Math.ceil(count / 50) })
    expect((await app.inject({ url: '/livez' })).statusCode).toBe(200)
    expect(await connectionsOf(app.server)).toBe(0)
  } finally {
    await app.close()
  }
}

function connectionsOf(server: {
  getConnections(done: (error: Error | null, count: number) => void): void
}): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
}
