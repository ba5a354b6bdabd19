import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** What a fake Redis says to scripts: it counts them, refuses them with a line, or says nothing at all. */
export type Scripts = 'counted' | 'silence' | `-${string}`

export interface FakeRedis {
  readonly url: string
  /** Scripts that came. */
  readonly asked: number
  say(scripts: Scripts): void
  close(): Promise<void>
}

/** Speaks RESP2 (redis.io/docs/latest/develop/reference/protocol-spec): answers what a client asks as it connects, and scripts as it is told. */
export async function startFakeRedis(first: Scripts): Promise<FakeRedis> {
  let scripts = first
  let asked = 0
  let spent = 0
  const sockets = new Set<Socket>()
  function answer(command: readonly string[]): string {
    const [name = ''] = command
    if (name.toLowerCase() === 'info') return bulk('redis_version:7.4.0\r\nloading:0\r\nrole:slave\r\n')
    if (name.toLowerCase() === 'hello') return "-ERR unknown command 'HELLO'\r\n"
    if (name.toLowerCase() !== 'eval') return '+OK\r\n'
    asked++
    if (scripts === 'silence') return ''
    if (scripts !== 'counted') return `${scripts}\r\n`
    const [amount = 0, most = 0] = command.slice(4).map(Number)
    const within = spent + amount <= most
    if (within) spent += amount
    return `*3\r\n:${Number(within)}\r\n:${spent}\r\n:60000\r\n`
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    let rest = ''
    socket.setEncoding('latin1').on('data', (chunk) => {
      rest += chunk
      for (let command = takeCommand(rest); command !== null; command = takeCommand(rest)) {
        rest = command.rest
        socket.write(answer(command.words))
      }
    })
    // Clients that give up may reset the connection.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  return {
    url: `redis://127.0.0.1:${port}`,
    get asked() {
      return asked
    },
    say: (next) => {
      scripts = next
    },
    async close() {
      const closed = once(server.close(), 'close')
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`

/** The first command of what has come, an array of bulk strings, and what stands behind it. Null while it is not whole. */
function takeCommand(text: string): { words: string[]; rest: string } | null {
  const head = /^\*(\d+)\r\n/.exec(text)
  if (head === null) return null
  let rest = text.slice(head[0].length)
  const words: string[] = []
  for (let left = Number(head[1]); left > 0; left--) {
    const size = /^\$(\d+)\r\n/.exec(rest)
    const begin = size?.[0].length ?? 0
    const end = begin + Number(size?.[1])
    if (size === null || rest.length < end + 2) return null
    words.push(rest.slice(begin, end))
    rest = rest.slice(end + 2)
  }
  return { words, rest }
}
