import { Gauge, type Registry } from 'prom-client'

/** How a member stands. */
export interface MemberNow {
  /** Whether it can be used. */
  readonly up: boolean
  /** In the order of the configuration. */
  readonly replicas: readonly { readonly up: boolean; readonly breaker: BreakerState }[]
}

type BreakerState = keyof typeof breakerValues

/** As gauges, so that more is worse. */
const breakerValues = { closed: 0, half_open: 1, open: 2 } as const

/** What is read when the page is asked for. */
export interface GatewayState {
  /** Requests that call members or wait to, and what they may cost. */
  readonly load: { readonly running: number; readonly runningCost: number; readonly queued: number }
  /** By member id. */
  readonly members: ReadonlyMap<string, MemberNow>
  /** Null where rate limits are counted in process. */
  readonly redisUp: boolean | null
}

/** Gauges of how things stand. */
export function defineStateMetrics(registers: Registry[], read: () => GatewayState | null): void {
  const gauge = (name: string, help: string, value: (state: GatewayState) => number | null) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const state = read()
        const found = state && value(state)
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
      for (const [member, { up }] of read()?.members ?? []) this.set({ member }, Number(up))
    },
  })
  const replicaGauge = (name: string, help: string, value: (replica: MemberNow['replicas'][number]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['member', 'replica'],
      registers,
      collect() {
        this.reset()
        for (const [member, { replicas }] of read()?.members ?? []) {
          // Its place among the member's replicas: addresses may hold what is nobody's business.
          for (const [place, one] of replicas.entries()) this.set({ member, replica: String(place) }, value(one))
        }
      },
    })
  replicaGauge('tutti_replica_up', 'Whether a replica of a member can be used: 1 or 0.', ({ up }) => Number(up))
  replicaGauge(
    'tutti_breaker_state',
    'Whether a replica of a member is called: 0 closed, it is; 1 half open, the next call tries it; 2 open, it is not.',
    ({ breaker }) => breakerValues[breaker],
  )
}
