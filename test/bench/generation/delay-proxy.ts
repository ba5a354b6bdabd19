import { connect, createServer, type Socket } from 'node:net'

function delayed(from: Socket, to: Socket, ms: number): void {
  from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), ms))
  from.on('end', () => setTimeout(() => to.end(), ms))
  from.on('close', () => setTimeout(() => to.destroy(), ms))
  from.on('error', () => {})
}

/** A way to a server that is half a round trip long in each direction. Returns the URL at its near end. */
export async function delayProxy(url: string, roundTripMs: number): Promise<string> {
  const { hostname, port } = new URL(url)
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: hostname, port: Number(port), noDelay: true })
    delayed(near, far, roundTripMs / 2)
    delayed(far, near, roundTripMs / 2)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  server.unref()
  return `http://127.0.0.1:${address.port}`
}
