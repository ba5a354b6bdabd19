import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface RedisServer {
  readonly url: string
  kill(): Promise<void>
  close(): Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** A Redis of its own, empty and without files. Rejects when there is no `redis-server` (Debian's package of that name). */
export async function startRedis(port: number): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-redis-'))
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  await ready(child)
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    async close() {
      await kill()
      await rm(folder, { recursive: true })
    },
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.once('error', (cause) =>
      reject(new Error('redis-server can not be started: apt install redis-server', { cause })),
    )
    child.once('exit', (code) => reject(new Error(`redis-server ended with code ${code}:\n${said}`)))
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk
      if (said.includes('Ready to accept connections')) resolve()
    })
  })
}
