import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../end-to-end/gateway.ts'
import type { LocalGateway } from '../local-gateway.ts'

/** Milliseconds in which a worker that was killed is to be back. */
const backMs = 60_000
/** Milliseconds that a worker stands still: longer than any answer takes, shorter than a member's time limits. */
const stallMs = 10_000

/** What is done to the workers in turn. */
export const faults = {
  /** Connections break off, none are taken, until the gateway has started another. */
  async killed(worker: string, pids: LocalGateway['pids']): Promise<void> {
    const before = pids()[worker] as number
    process.kill(before, 'SIGKILL')
    await until(() => pids()[worker] !== before, backMs)
  },
  /** Connections stay and are taken, and nothing comes. */
  async stalled(worker: string, pids: LocalGateway['pids']): Promise<void> {
    const pid = pids()[worker] as number
    process.kill(pid, 'SIGSTOP')
    await sleep(stallMs)
    process.kill(pid, 'SIGCONT')
  },
}

export type Fault = keyof typeof faults
