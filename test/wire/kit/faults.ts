import type { Ranked } from './twin-model.ts'

/** What is wrong with a twin. Everything applies to calls of the model alone, so that an adapter can get to know it first. */
export interface Faults {
  /** Answers every call with a status, and with a `Retry-After`. */
  readonly refuse?: { readonly status: number; readonly retryAfter?: string }
  /** Answers, or events, that are cut JSON. */
  readonly malformed?: boolean
  /** JSON of another shape. */
  readonly wrongShape?: boolean
  /** After this many events: an error in the server's words. */
  readonly errorAfter?: number
  /** After this many events the stream ends as if all were well. */
  readonly endAfter?: number
  /** After this many bytes of a body the connection is reset. */
  readonly resetAfter?: number
  /** Every byte of a body comes alone. */
  readonly splitEveryByte?: boolean
  /** What becomes of a list. */
  readonly list?: (list: readonly Ranked[]) => Ranked[]
}

/** Lists as a server with a sampler in front of them sends: cut by top-p. */
export const filtered = (list: readonly Ranked[]): Ranked[] => list.slice(0, Math.ceil(list.length / 2))

/** The first entry without a number. */
export const withNaN = (list: readonly Ranked[]): Ranked[] =>
  list.map((entry, i) => (i === 0 ? { ...entry, logProb: Number.NaN } : entry))

/** The first entry likelier than certain. */
export const positive = (list: readonly Ranked[]): Ranked[] =>
  list.map((entry, i) => (i === 0 ? { ...entry, logProb: 0.5 } : entry))

/** Milliseconds. */
export interface Latency {
  readonly roundTripMs?: number
  readonly firstTokenMs?: number
  readonly perTokenMs?: number
  /** Added to each of the others; random, if it is to be jitter. */
  readonly jitterMs?: () => number
}
