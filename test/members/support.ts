import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A server that answers as told, closed when the test ends. */
export async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

export const signal = new AbortController().signal

export async function failure(
  promise: Promise<unknown>,
): Promise<{ code: string; message: string; member: string | null }> {
  return promise.then(
    () => {
      throw new Error('it did not fail')
    },
    (error) => error as { code: string; message: string; member: string | null },
  )
}
