import { Gauge, type Registry } from 'prom-client'

/** What is read when the page is asked for. */
export interface GatewayState {
  /** Requests that call members or wait to, and what they may cost. */
  readonly load: { readonly running: number; readonly runningCost: number; readonly queued: number }
  /** By member id: whether it can be used. */
  readonly members: ReadonlyMap<string, boolean>
  /** Null where rate limits are counted in process. */
  readonly redisUp: boolean | null
}

/** Gauges of how things stand. */
export function defineStateMetrics(registers: Registry[], read: () => GatewayState): void {
  const gauge = (name: string, help: string, value: (state: GatewayState) => number | null) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const found = value(read())
        if (found !== null) this.set(found)
      },
    })
  gauge('tutti_running_requests', 'Requests that call members.', ({ load }) => load.running)
  gauge('tutti_running_cost', 'What those may cost, in members × tokens.', ({ load }) => load.runningCost)
  gauge('tutti_queued_requests', 'Requests that wait for others to end.', ({ load }) => load.queued)
  gauge(
    'tutti_redis_up',
    'Whether shared rate limits can be counted; 0 where they are counted in process.',
    ({ redisUp }) => (redisUp === null ? null : Number(redisUp)),
  )
  new Gauge({
    name: 'tutti_member_up',
    help: 'Whether a member can be used: 1 or 0.',
    labelNames: ['member'],
    registers,
    collect() {
      // Members come and go with the configuration.
      this.reset()
      for (const [member, up] of read().members) this.set({ member }, Number(up))
    },
  })
}
