import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome } from './outcome.ts'
import { bodyOf, type ScenarioRequest } from './scenario.ts'
import type { Arrival } from './schedule.ts'
import type { Answered, Sender } from './send.ts'

export interface DriveOptions {
  readonly requests: readonly ScenarioRequest[]
  readonly sender: Sender
  readonly timeoutMs: number
  readonly now: () => number
  readonly onOutcome: (outcome: Outcome) => void
}

/** More at a time would measure this process rather than the gateway; what is due beyond it has failed. */
const mostAtATime = 4_000

/**
 * Sends every request when it is due, however many are under way, and waits for the last answer. Time counts from when a
 * request was due, not from when it could be sent: a server that holds callers up can't hide it by holding up the load
 * test ("coordinated omission", Gil Tene).
 *
 * @returns milliseconds from the start to the last answer.
 */
export async function drive(arrivals: readonly Arrival[], options: DriveOptions): Promise<number> {
  const { requests, sender, timeoutMs, now, onOutcome } = options
  const turns = requests.map(() => 0)
  const running = new Set<Promise<void>>()
  const start = now()

  async function one({ dueMs, kind }: Arrival): Promise<void> {
    const asked = requests[kind] as ScenarioRequest
    const turn = turns[kind] as number
    turns[kind] = turn + 1
    const lateMs = now() - start - dueMs
    const answered =
      running.size >= mostAtATime
        ? failed('not_sent')
        : await sender
            .send(asked.path, bodyOf(asked, turn), AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs - lateMs))))
            .catch((error: unknown) => failed(reasonOf(error)))
    const since = (time: number) => time - start - dueMs
    const [first = null] = answered.textTimes
    onOutcome({
      kind: asked.name,
      dueMs,
      lateMs,
      latencyMs: since(now()),
      code: answered.code,
      firstTextMs: first === null ? null : since(first),
      gapsMs: answered.textTimes.slice(1).map((time, index) => time - (answered.textTimes[index] as number)),
      degraded: answered.degraded,
      members: answered.members,
    })
  }

  for (const arrival of arrivals) {
    const wait = arrival.dueMs - (now() - start)
    // Timers count whole milliseconds; none is to be sent early.
    if (wait > 0) await sleep(Math.ceil(wait))
    const sent = one(arrival).finally(() => running.delete(sent))
    running.add(sent)
  }
  await Promise.all(running)
  return now() - start
}

const failed = (code: string): Answered => ({ code, textTimes: [], degraded: false, members: [] })

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'TimeoutError') return 'timeout'
  return 'code' in error ? String(error.code) : error.name
}
