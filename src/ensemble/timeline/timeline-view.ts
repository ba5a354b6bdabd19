import type { ErrorCode } from '../../errors.ts'
import type { CallEnd } from './lane-call.ts'

/** A stretch of time, or a moment, in milliseconds since the generation began, to a tenth. */
interface At {
  readonly at_ms: number
}
interface Span extends At {
  readonly until_ms: number
}

/** Of the lists that a call brought, how many took part in a decision and how many did not. */
interface Brought {
  readonly end: CallEnd
  readonly kept: number
  readonly wasted: number
}

export type TimelineEvent =
  | (Span & Brought & { readonly kind: 'stream'; readonly how: 'list' | 'bytes' })
  | (Span & Brought & { readonly kind: 'call'; readonly contexts: number })
  | (Span & { readonly kind: 'wait' })
  | (At & { readonly kind: 'reopen' })
  | (At & { readonly kind: 'back' })
  | (At & { readonly kind: 'lost'; readonly code: ErrorCode })

/** What the members of a request did, and when. */
export interface TimelineView {
  readonly members: readonly { readonly id: string; readonly events: readonly TimelineEvent[] }[]
  /** When each segment of the text was decided. */
  readonly segments: readonly number[]
  /** Events past the bound are left out. */
  readonly truncated?: true
}
