import type { Capabilities } from '../../members/member.ts'
import type { Failure } from './failure.ts'

/** What a probe found of one replica of a member; in the words of the wire, since `check --json` prints it as it is. */
export interface MemberReport {
  readonly id: string
  readonly kind: string
  readonly replica: string
  /** Null where the server was not met. */
  readonly found: FoundMember | null
  readonly failures: readonly Failure[]
  readonly notes: readonly string[]
}

export interface FoundMember {
  readonly model: string
  /** The longest list it gives. */
  readonly top_k: number
  readonly contexts: 'ids' | 'text'
  readonly bytes: 'exact' | 'text'
  readonly basis: Capabilities['basis']
  /** Two temperatures were compared; else the basis is what the protocol is known for. */
  readonly basis_seen: boolean
  readonly scoring: Capabilities['scoring']
  readonly streaming: boolean
  /** Whether a context begins with a token of its own; null where tokens are not known. */
  readonly beginning: boolean | null
  readonly context_length: number
  readonly vocabulary_fingerprint: string | null
  /** Milliseconds of a call with a long context, and of the same call again: a cache of prefixes shows. Null of answers. */
  readonly first_ms: number | null
  readonly again_ms: number | null
  /** Median of calls for one token after a short context, in milliseconds; of answers where the member gives no lists. */
  readonly latency_ms: number | null
  /** Milliseconds of the first call after one that was left in the middle: a server that goes on working shows. Null of answers. */
  readonly after_cancel_ms: number | null
}
