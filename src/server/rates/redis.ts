import { Redis } from 'ioredis'
import type { RedisConfig } from '../../config/config.ts'

/** Where gateways that share their rate limits count. */
export interface SharedCounters {
  readonly client: Redis
  /** What to do with a request while Redis does not answer. */
  readonly onFailure: 'open' | 'closed'
  close(): void
}

/**
 * Connects, and goes on trying to; calls fail at once while there is no connection.
 *
 * @param onChange told when Redis can be used (null), and when it can't and why.
 */
export async function connectRedis(
  { url, prefix, timeoutMs, onFailure }: RedisConfig,
  onChange: (reason: string | null) => void,
): Promise<SharedCounters> {
  const client = new Redis(url, {
    keyPrefix: prefix,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(2_000, 50 * times),
  })
  let known: string | null | undefined
  const settle = (reason: string | null) => {
    if (reason !== known) onChange(reason)
    known = reason
  }
  client.on('ready', () => settle(null))
  // Its message may hold the URL, and with it the password.
  client.on('error', (error) => settle('code' in error ? String(error.code) : error.name))
  client.on('close', () => settle(known ?? 'the connection was closed'))
  const first = Promise.withResolvers<void>()
  for (const event of ['ready', 'error'] as const) client.once(event, () => first.resolve())
  await first.promise
  return { client, onFailure, close: () => client.disconnect() }
}
