import { setTimeout as sleep } from 'node:timers/promises'
import { drive } from '../drive.ts'
import type { Outcome } from '../outcome.ts'
import type { ScenarioRequest } from '../scenario.ts'
import { schedule } from '../schedule.ts'
import { defineSender } from '../send.ts'

export interface Load {
  readonly url: string
  readonly key: string | null
  readonly requests: readonly ScenarioRequest[]
  readonly rate: number
  readonly seconds: number
}

export interface Events {
  /** Milliseconds after the start of the load, by what happened. */
  readonly times: Readonly<Record<string, number>>
  readonly outcomes: readonly Outcome[]
}

/** Something that is done to the system while it is under load, so many seconds after the start; it may take its time. */
export interface Deed {
  readonly atSeconds: number
  readonly name: string
  readonly act: () => Promise<void>
}

export async function loadDuring(load: Load, deeds: readonly Deed[]): Promise<Events> {
  const now = () => performance.now()
  const sender = defineSender({ url: load.url, key: load.key, now })
  const outcomes: Outcome[] = []
  const times: Record<string, number> = {}
  const arrivals = schedule(
    load.rate,
    load.seconds,
    load.requests.map(({ weight }) => weight),
  )
  const start = now()
  const doing = Promise.all(
    deeds.map(async ({ atSeconds, name, act }) => {
      await sleep(atSeconds * 1000)
      await act()
      times[name] = now() - start
    }),
  )
  // One that fails is told when the load is over, below.
  doing.catch(() => {})
  const { requests } = load
  await drive(arrivals, {
    requests,
    sender,
    timeoutMs: 30_000,
    now,
    onOutcome: (outcome) => outcomes.push(outcome),
  })
  await doing
  await sender.close()
  return { times, outcomes: outcomes.toSorted((a, b) => a.dueMs - b.dueMs) }
}

/** Predictions, completions and streams of the shipped ensemble. */
export const mixed: readonly ScenarioRequest[] = [
  { name: 'predict', weight: 3, path: '/v1/predict', body: { model: 'tutti', prompt: 'The state of the' } },
  {
    name: 'completion',
    weight: 1,
    path: '/v1/completions',
    body: { model: 'tutti', prompt: 'The state of the', max_tokens: 4, seed: 1 },
  },
  {
    name: 'stream',
    weight: 1,
    path: '/v1/completions',
    body: { model: 'tutti', prompt: 'We shall not', max_tokens: 8, seed: 2, stream: true },
  },
].map((request) => ({ ...request, optional: false }))
