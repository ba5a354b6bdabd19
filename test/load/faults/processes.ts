import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startOptions } from '../../end-to-end/gateway.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** A process that can be killed and started again, with the same command. */
export interface Started {
  pid(): number
  /** At once, as a crash does. */
  kill(): Promise<void>
  restart(): void
  stop(): Promise<void>
}

/** @param environment beside this process's own. */
export function start(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Started {
  const launch = () =>
    spawn(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...environment } })
  let child: ChildProcess = launch()
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  return {
    pid: () => child.pid as number,
    kill: () => end('SIGKILL'),
    restart() {
      child = launch()
    },
    stop: () => end('SIGTERM'),
  }
}

export const startTutti = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  start(process.execPath, [...startOptions(), 'src/main.ts', ...args], environment)

/** Waits until a GET is answered with 200. */
export async function untilUp(url: string, limitMs = 60_000): Promise<void> {
  const started = performance.now()
  while (performance.now() - started < limitMs) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null)
    await answer?.body?.cancel()
    if (answer?.status === 200) return
    await sleep(50)
  }
  throw new Error(`${url} is not up after ${limitMs} ms`)
}
