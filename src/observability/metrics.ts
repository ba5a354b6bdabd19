import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Observer } from '../ensemble/observer.ts'
import { defineAnswerMetrics } from './answer-metrics.ts'
import { defineStateMetrics, type GatewayState } from './state-metrics.ts'

/** Seconds; from a cached one-token call to a long generation. */
const durations = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

interface Metrics extends Observer {
  requestEnded(event: {
    route: string
    method: string
    status: number
    code: string | null
    key: string
    seconds: number
  }): void
  reloaded(outcome: 'ok' | 'refused'): void
  /** The page that Prometheus scrapes. */
  page(): Promise<{ contentType: string; body: string }>
  /** Lets go of the gateway: what prom-client watches of the process ends with it alone, and holds the registry. */
  close(): void
}

/**
 * Metrics of one gateway. Labels take their values from the configuration, the routes and the error table alone, never
 * from a request, so that no caller can grow them.
 */
export function createMetrics(version: string, readState: () => GatewayState): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  let read: (() => GatewayState) | null = readState
  defineStateMetrics(registers, () => read?.() ?? null)
  const requests = new Counter({
    name: 'tutti_requests_total',
    help: 'Requests by route, status and error code; code is "none" for an answer.',
    labelNames: ['route', 'method', 'status', 'code'],
    registers,
  })
  const keyRequests = new Counter({
    name: 'tutti_key_requests_total',
    help: 'Requests by the name of the key, and error code or "none".',
    labelNames: ['key', 'code'],
    registers,
  })
  const reloads = new Counter({
    name: 'tutti_reloads_total',
    help: 'Configurations read again while running: "ok" or "refused".',
    labelNames: ['outcome'],
    registers,
  })
  const requestSeconds = new Histogram({
    name: 'tutti_request_seconds',
    help: 'Seconds from a request to the end of its answer.',
    labelNames: ['route'],
    buckets: durations,
    registers,
  })
  const memberCalls = new Counter({
    name: 'tutti_member_calls_total',
    help: 'Calls of members by outcome: "ok" or an error code.',
    labelNames: ['member', 'outcome'],
    registers,
  })
  const memberSeconds = new Histogram({
    name: 'tutti_member_call_seconds',
    help: 'Seconds that a call of a member took.',
    labelNames: ['member'],
    buckets: durations,
    registers,
  })
  const membersLost = new Counter({
    name: 'tutti_members_lost_total',
    help: 'Members that left a request which went on without them, by error code.',
    labelNames: ['member', 'code'],
    registers,
  })
  new Gauge({ name: 'tutti_build_info', help: 'Always 1.', labelNames: ['version', 'node'], registers }).inc({
    version,
    node: process.version,
  })
  return {
    requestEnded({ route, method, status, code, key, seconds }) {
      requests.inc({ route, method, status: String(status), code: code ?? 'none' })
      keyRequests.inc({ key, code: code ?? 'none' })
      requestSeconds.observe({ route }, seconds)
    },
    reloaded(outcome) {
      reloads.inc({ outcome })
    },
    memberCall({ member, outcome, seconds }) {
      memberCalls.inc({ member, outcome })
      memberSeconds.observe({ member }, seconds)
    },
    memberLost({ member, code }) {
      membersLost.inc({ member, code })
    },
    answered: defineAnswerMetrics(registers),
    close() {
      read = null
      registry.clear()
    },
    page: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  }
}
