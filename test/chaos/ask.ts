import { Agent, request } from 'undici'
import type { LagMeter } from './lag.ts'
import type { Route } from './routes.ts'

export interface Answered {
  /** Null: it has not ended. */
  readonly status: number | null
  readonly body: string
  readonly ms: number
  /** Of these, in which this process did nothing else but compute. */
  readonly lagMs: number
}

/** A client of the gateway. */
export interface Asker {
  ask(route: Route, model: string, mostMs: number): Promise<Answered>
  close(): Promise<void>
}

export function defineAsker(url: string, lag: LagMeter): Asker {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 })
  return {
    async ask(route, model, mostMs) {
      const [started, before] = [performance.now(), lag.totalMs]
      const since = () => ({ ms: performance.now() - started, lagMs: lag.totalMs - before })
      const signal = AbortSignal.timeout(mostMs)
      try {
        const body = JSON.stringify(route.body(model))
        const headers = { 'content-type': 'application/json' }
        const answer = await request(new URL(route.path, url), { method: 'POST', headers, body, dispatcher, signal })
        const text = await answer.body.text()
        return { status: answer.statusCode, body: text, ...since() }
      } catch (error) {
        if (!signal.aborted) throw error
        return { status: null, body: '', ...since() }
      }
    },
    close: () => dispatcher.close(),
  }
}
