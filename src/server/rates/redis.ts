import { Redis } from 'ioredis'
import type { RedisConfig } from '../../config/config.ts'
import { type Counter, countInRedis } from './counter.ts'

/** Where gateways that share their rate limits count. */
export interface SharedCounters {
  /** Rejects at once while Redis is known not to count. */
  readonly counter: Counter
  /** What to do with a request while Redis does not count. */
  readonly onFailure: 'open' | 'closed'
  close(): void
}

/** Milliseconds before the next connection, after so many failures in a row. */
const pauseMs = (failures: number) => Math.min(2_000, 250 * failures)

/**
 * Connects, and goes on trying to. A connection over which Redis does not count (a replica, one without memory or that hangs) is
 * given up for another one: the name may by then lead to a server that does.
 *
 * @param onChange told when Redis counts (null), and when it doesn't and why.
 */
export async function connectRedis(
  { url, prefix, timeoutMs, onFailure }: RedisConfig,
  onChange: (reason: string | null) => void,
): Promise<SharedCounters> {
  let failures = 0
  const client = new Redis(url, {
    keyPrefix: prefix,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    disconnectTimeout: timeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => pauseMs(++failures),
  })
  const redis = countInRedis(client)
  let known: string | null | undefined
  const first = Promise.withResolvers<void>()
  const settle = (reason: string | null) => {
    if (reason !== known) onChange(reason)
    known = reason
    first.resolve()
  }
  const giveUp = (cause: unknown) => {
    settle(whyNotCounted(cause))
    client.disconnect(true)
  }
  client.on('ready', async () => {
    try {
      // Spends nothing, but writes as any spending does: servers that only read say so.
      await redis.spend('probe', 0, 0)
      failures = 0
      settle(null)
    } catch (cause) {
      giveUp(cause)
    }
  })
  // Its message may hold the URL, and with it the password.
  client.on('error', (error) => settle('code' in error ? String(error.code) : error.name))
  client.on('close', () => settle(known ?? 'the connection was closed'))
  await first.promise
  const counter: Counter = {
    async spend(name, amount, most) {
      if (known !== null) throw new Error(`redis: ${known}`)
      try {
        return await redis.spend(name, amount, most)
      } catch (cause) {
        if (known === null) giveUp(cause)
        throw cause
      }
    },
  }
  return { counter, onFailure, close: () => client.disconnect() }
}

/** What Redis or its client says of the script, in which there is no secret. */
function whyNotCounted(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
