import type { Asker } from './ask.ts'
import type { Cell } from './cells.ts'
import { faultOf, type Oracle, wrongError } from './judge.ts'
import { routes } from './routes.ts'
import type { Placed, System } from './system.ts'

export type Outcome = 'whole' | 'degraded' | 'no quorum' | 'too late' | 'unstruck' | 'wrong' | 'hung'

export interface Found extends Cell {
  readonly outcome: Outcome
  /** Of a wrong one; else null. */
  readonly why: string | null
  /** Milliseconds behind the deadline, less what the event loop was kept from turning; below 0 before it. */
  readonly overMs: number
  /** It was asked so many times. */
  readonly tries: number
}

/** Milliseconds that an answer may come after the deadline. */
const slackMs = 100

/** Asks once while the fault lasts. */
export async function runCell(
  { served, times }: System,
  { cell, ensemble, proxies }: Placed,
  asker: Asker,
  oracle: Oracle,
): Promise<Found> {
  const { fault, met } = cell
  const { deadlineMs, hungMs } = times
  const route = routes[cell.route]
  const struck = proxies.reduce((sum, proxy) => sum + proxy.struck, 0)
  const ends = await Promise.all(proxies.map((proxy) => fault.begin?.(proxy)))
  for (const proxy of proxies) proxy.strike = fault.strike?.(served, times) ?? null
  const { status, body, ms, lagMs } = await asker.ask(route, ensemble, hungMs)
  for (const proxy of proxies) proxy.strike = null
  for (const end of ends) await end?.()
  const overMs = ms - deadlineMs - lagMs
  const as = (outcome: Outcome, why: string | null = null): Found => ({ ...cell, outcome, why, overMs, tries: 1 })
  if (status === null) return as('hung', `no answer in ${hungMs} ms`)
  if (overMs > slackMs) return as('wrong', `${Math.round(overMs)} ms after the deadline`)
  if (status !== 200 || body.includes('data: {"error":')) {
    const why = wrongError(status, body, met, fault)
    if (why !== null) return as('wrong', why)
    return as(body.includes('deadline_exceeded') ? 'too late' : 'no quorum')
  }
  const told = route.read(body)
  const why = faultOf(told, oracle, route, fault)
  if (why !== null) return as('wrong', why)
  if (told.degraded) return met ? as('degraded') : as('wrong', 'degraded below the quorum')
  const isStruck = fault.begin !== undefined || proxies.reduce((sum, proxy) => sum + proxy.struck, 0) > struck
  return as(isStruck ? 'whole' : 'unstruck')
}

/** Asks until the ensemble answers whole again; whether it does within twenty seconds. */
export async function recovered({ times }: System, { cell, ensemble }: Placed, asker: Asker): Promise<boolean> {
  const route = routes[cell.route]
  for (const end = performance.now() + 20_000; performance.now() < end; ) {
    const { status, body } = await asker.ask(route, ensemble, times.hungMs)
    if (status === 200 && !body.includes('data: {"error":') && !route.read(body).degraded) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}
