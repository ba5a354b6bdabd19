import type { FastifyReply, FastifyRequest } from 'fastify'
import { TuttiError } from '../../errors.ts'
import type { Spend } from '../admission/admit.ts'
import type { App } from '../app.ts'
import type { Dependencies } from '../dependencies.ts'
import { countHere } from './counter.ts'

/** Counts the requests of every key that has a limit as they come, before their bodies are read. Returns how cost is counted. */
export function registerRates(app: App, { sharedCounters, now }: Pick<Dependencies, 'sharedCounters' | 'now'>): Spend {
  const counter = sharedCounters?.counter ?? countHere(() => now() * 1000)

  async function spend(request: FastifyRequest, reply: FastifyReply, unit: 'requests' | 'cost', amount: number) {
    const { name, requestsPerMinute, costPerMinute } = request.caller
    const most = unit === 'requests' ? requestsPerMinute : costPerMinute
    if (most === null) return
    const found = await counter.spend(`${unit}:${name}`, amount, most).catch((cause) => {
      // Who connects to Redis reports it. Requests are let through uncounted, or none is.
      if (sharedCounters?.onFailure === 'open') return null
      throw new TuttiError('overloaded', 'rate limits can not be counted at the moment', { cause })
    })
    if (found === null) return
    const { within, spent, leftMs } = found
    reply.headers({
      [`x-ratelimit-limit-${unit}`]: String(most),
      // More may have been spent than may be since a reload.
      [`x-ratelimit-remaining-${unit}`]: String(Math.max(0, most - spent)),
      [`x-ratelimit-reset-${unit}`]: `${Math.ceil(leftMs / 1000)}s`,
    })
    if (within) return
    const asked = unit === 'cost' ? `; ${amount} more are asked for` : ''
    const message = `key "${name}" may spend ${most} ${unit} a minute and has spent ${spent}${asked}`
    throw new TuttiError('rate_limit_exceeded', message, { retryAfterMs: leftMs })
  }

  app.addHook('onRequest', (request, reply) => spend(request, reply, 'requests', 1))
  return (request, reply, cost) => spend(request, reply, 'cost', cost)
}
