import { once } from 'node:events'

interface HeapUsage {
  readonly usedSize: number
  /** Of typed arrays and buffers, outside the heap. */
  readonly backingStorageSize: number
}

/**
 * Bytes that a process of Node's still needs: heap and buffers after a collection, which its inspector is asked for.
 *
 * @param log what the process has written, started with `--inspect=0`.
 */
export async function liveBytes(log: string): Promise<number> {
  const address = /Debugger listening on (ws:\S+)/.exec(log)?.[1]
  if (address === undefined) throw new Error('the process has no inspector')
  const socket = new WebSocket(address)
  await once(socket, 'open')
  async function ask(method: string): Promise<HeapUsage> {
    socket.send(JSON.stringify({ id: 1, method }))
    const [{ data }] = (await once(socket, 'message')) as [{ data: string }]
    return (JSON.parse(data) as { result: HeapUsage }).result
  }
  await ask('HeapProfiler.collectGarbage')
  const { usedSize, backingStorageSize } = await ask('Runtime.getHeapUsage')
  socket.close()
  return usedSize + backingStorageSize
}
