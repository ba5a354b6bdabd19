import { ApiError } from './api.ts'
import type { Store } from './store.ts'
import type { EnsembleView } from './wire.ts'

/** What the views share. */
export interface Page {
  readonly store: Store
  /** As last heard; empty before. */
  readonly ensembles: readonly EnsembleView[]
  /** Says what went wrong; asks for the key when that is it. Null: all is well again. */
  failed(error: unknown): void
  /** Offers a call as a command. */
  copy(path: string, body?: object, stream?: boolean): void
}

/** A view of the page. */
export interface View {
  /** The state or the ensembles have changed. */
  update(): void
  /** The colours have changed. */
  repaint(): void
}

export function messageOf(error: unknown): string {
  if (error instanceof ApiError) {
    const { message, param } = error
    return param === null || message.includes(`\`${param}\``) ? message : `${param}: ${message}`
  }
  if (error instanceof TypeError) return `the gateway cannot be reached (${error.message})`
  return error instanceof Error ? error.message : String(error)
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
