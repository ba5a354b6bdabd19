import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { alive, until } from './gateway.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const worker = fileURLToPath(new URL('../worker/fixtures/tiny-gru', import.meta.url))

/** A server that takes connections and says nothing: the first probe of its member waits. */
let silent: Server
const sockets = new Set<Socket>()
let folder: string
let file: string
let gateway: ChildProcess | null = null

beforeEach(async () => {
  silent = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  folder = mkdtempSync(join(tmpdir(), 'tutti-start-'))
  file = join(folder, 'tutti.yaml')
  const { port } = silent.address() as AddressInfo
  writeFileSync(
    file,
    `members:
  a: { kind: onnx, embedded: { model: '${worker}' } }
  b: { kind: llamacpp, url: 'http://127.0.0.1:${port}' }
ensembles: { e: { members: [{ id: a }], quorum: 1 }, f: { members: [{ id: b }] } }
`,
  )
})
afterEach(async () => {
  if (gateway?.exitCode === null && gateway.signalCode === null) {
    gateway.kill('SIGKILL')
    await once(gateway, 'exit')
  }
  endSilence()
  rmSync(folder, { recursive: true })
})

function endSilence(): void {
  silent.close()
  for (const socket of sockets) socket.destroy()
  sockets.clear()
}

/** A gateway whose worker runs and whose first probe waits. */
async function starting() {
  const args = ['src/main.ts', 'serve', '--port', '0', '--config', file]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  gateway = child
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (log += part))
  await until(() => log.includes('worker started') && sockets.size > 0, 20_000)
  expect(log).not.toContain('ready')
  return { child, log: () => log, workerPid: Number(/"pid":(\d+)/.exec(log)?.[1]) }
}

test('SIGHUP while it starts reads the configuration again when it has started', async () => {
  const { child, log } = await starting()
  child.kill('SIGHUP')
  endSilence()
  await until(() => log().includes('configuration reloaded'), 20_000)
  expect(log().indexOf('ready: ')).toBeLessThan(log().indexOf('configuration reloaded'))
  child.kill('SIGTERM')
  await once(child, 'exit')
  expect(child.exitCode).toBe(0)
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s while it starts ends it with code 0, without waiting for probes, and its workers with it',
  async (signal) => {
    const { child, log, workerPid } = await starting()
    const asked = performance.now()
    child.kill(signal)
    await once(child, 'exit')
    expect(child.exitCode).toBe(0)
    expect(performance.now() - asked).toBeLessThan(3_000)
    expect(alive(workerPid)).toBe(false)
    expect(log()).toContain('"msg":"stopping"')
    expect(log()).not.toContain('tutti: ')
  },
)
