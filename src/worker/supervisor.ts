import { type ChildProcess, spawn } from 'node:child_process'
import { TuttiError } from '../errors.ts'
import { isReadyMessage, supervisedEnvironment } from './supervised.ts'

export type SupervisorEvent =
  | { readonly kind: 'started'; readonly id: string; readonly pid: number; readonly url: string }
  | {
      readonly kind: 'exited'
      readonly id: string
      readonly pid: number
      readonly code: number | null
      readonly signal: string | null
    }
  | { readonly kind: 'restarting'; readonly id: string; readonly inMs: number; readonly attempt: number }

export interface SuperviseOptions {
  /** Member id, for events and errors. */
  readonly id: string
  /** Arguments of `process.execPath` that start a worker, for example `['src/main.ts', 'worker', '--model', 'models/x']`; `--host` and `--port` are added. */
  readonly args: readonly string[]
  readonly host?: string
  /** Milliseconds from the start to ready; then the start counts as failed. Default 60,000. */
  readonly readyMs?: number
  /** Milliseconds between SIGTERM and SIGKILL. Default 3,000. */
  readonly graceMs?: number
  readonly onEvent?: (event: SupervisorEvent) => void
  /** Stops the first child before it is ready; the start then fails when it has ended. */
  readonly signal?: AbortSignal
}

export interface SupervisedWorker {
  /** The same for the life of the supervisor, restarts included. */
  readonly url: string
  /** Of the running child; null between two. */
  readonly pid: number | null
  /** Stops the child and starts no other. */
  close(): Promise<void>
}

/** The first restart is at once; a worker that keeps dying is started every ten seconds at most. */
const firstDelayMs = 100
const longestDelayMs = 10_000
/** After so long a life the next death counts as the first. */
const soundMs = 30_000

function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

/**
 * Keeps one worker running as a child process on loopback. The child reports its URL over the IPC channel, and ends by
 * itself when the channel closes, so that it is gone also after a crash of this process.
 *
 * @returns when the first child is ready.
 * @throws TuttiError `invalid_model` when the first child ends before it is ready or takes longer than `readyMs`.
 */
export async function superviseWorker(options: SuperviseOptions): Promise<SupervisedWorker> {
  const { id, host = '127.0.0.1', readyMs = 60_000, graceMs = 3_000, onEvent = () => {} } = options
  let child: ChildProcess | null = null
  let url: string | null = null
  let closing = false
  let deaths = 0
  let timer: NodeJS.Timeout | null = null

  async function stop(running: ChildProcess): Promise<void> {
    const exited = exitOf(running)
    running.kill('SIGTERM')
    const kill = setTimeout(() => running.kill('SIGKILL'), graceMs)
    await exited
    clearTimeout(kill)
  }

  /** Starts a child; resolves with its URL when it is ready, rejects when it ends before. */
  function start(): Promise<string> {
    const port = url === null ? '0' : new URL(url).port
    const started = spawn(process.execPath, [...options.args, '--host', host, '--port', port], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, ...supervisedEnvironment },
    })
    child = started
    const bornAt = performance.now()
    const ready = Promise.withResolvers<string>()
    const slow = setTimeout(() => {
      ready.reject(new TuttiError('invalid_model', `worker ${id} was not ready after ${readyMs} ms`, { member: id }))
      started.kill('SIGKILL')
    }, readyMs)
    started.on('message', (message) => {
      if (isReadyMessage(message)) ready.resolve(message.url)
    })
    const ended = (code: number | null, signal: string | null) => {
      clearTimeout(slow)
      child = null
      if (started.pid !== undefined) onEvent({ kind: 'exited', id, pid: started.pid, code, signal })
      const how = signal ?? `code ${code}`
      ready.reject(
        new TuttiError('invalid_model', `worker ${id} ended with ${how} before it was ready`, { member: id }),
      )
      if (performance.now() - bornAt > soundMs) deaths = 0
      if (url !== null && !closing) restart()
    }
    started.once('exit', ended)
    started.once('error', () => {
      // Never started, so there will be no exit.
      if (started.pid === undefined) ended(null, null)
    })
    return ready.promise.then((address) => {
      clearTimeout(slow)
      if (started.pid !== undefined) onEvent({ kind: 'started', id, pid: started.pid, url: address })
      return address
    })
  }

  function restart(): void {
    const inMs = Math.min(firstDelayMs * 2 ** deaths, longestDelayMs)
    deaths++
    onEvent({ kind: 'restarting', id, inMs, attempt: deaths })
    timer = setTimeout(() => {
      // A failed start ends in `exited`, which restarts again.
      start().catch(() => {})
    }, inMs)
  }

  const { signal } = options
  signal?.throwIfAborted()
  const first = start()
  const quit = () => {
    if (child !== null) void stop(child)
  }
  signal?.addEventListener('abort', quit)
  try {
    url = await first
  } finally {
    signal?.removeEventListener('abort', quit)
  }
  const address = url
  return {
    url: address,
    get pid() {
      return child?.pid ?? null
    },
    close: async () => {
      closing = true
      if (timer !== null) clearTimeout(timer)
      if (child !== null) await stop(child)
    },
  }
}
