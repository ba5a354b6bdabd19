import { createHash, timingSafeEqual } from 'node:crypto'
import type { KeyConfig } from '../../config/config.ts'

/** Who asks. */
export interface Caller
  extends Pick<KeyConfig, 'name' | 'ensembles' | 'requestsPerMinute' | 'costPerMinute' | 'concurrency'> {
  /** Has shown a key, or needs none. */
  readonly known: boolean
}

const anyone = { ensembles: null, requestsPerMinute: null, costPerMinute: null, concurrency: null }

/** A caller of a gateway without keys. */
const anonymous: Caller = { ...anyone, name: 'anonymous', known: true }

/** A caller without a key that the gateway has: may use nothing. */
const stranger: Caller = { ...anyone, name: 'stranger', known: false, ensembles: [] }

/**
 * Whose key an `authorization` header holds. Hashes are compared, all of them and each in constant time, so that the time it
 * takes tells nothing about keys that are nearly right.
 */
export function callerOf(authorization: string | undefined, keys: readonly KeyConfig[]): Caller {
  if (keys.length === 0) return anonymous
  const [, key] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? []
  if (key === undefined) return stranger
  const hash = createHash('sha256').update(key).digest()
  let found: KeyConfig | null = null
  for (const one of keys) if (timingSafeEqual(hash, Buffer.from(one.sha256, 'hex'))) found = one
  return found === null ? stranger : { ...found, known: true }
}
