/** What a request wants of an ensemble. */
export type Operation = 'predict' | 'completion' | 'score' | 'classify' | 'answer'

/** What the ensemble tells whoever watches: implemented by observability/, a no-op in tests. */
export interface Observer {
  /** A member call ended. `outcome` is `ok` or an error code. */
  memberCall(event: { member: string; outcome: string; seconds: number }): void
  /** A member left a request that goes on without it. `message` may quote the request. */
  memberLost(event: { member: string; code: string; message: string }): void
  /** A request ended with an answer. */
  answered(event: {
    ensemble: string
    operation: Operation
    degraded: boolean
    steps: number
    certifiedSteps: number
    waves: number
    acceptedSteps: number
    wasted: readonly { member: string; lists: number }[]
    missingMassMean: number
    /** Of the prompt, and segments that were written, as `usage` counts them. */
    promptTokens: number
    tokens: number
    seconds: number
    /** Of these, until the first symbol was decided; null where none was. */
    firstSeconds: number | null
    /** Of these, spent on distributions, pool and choice. */
    fusingSeconds: number
  }): void
}

export const silentObserver: Observer = { memberCall: () => {}, memberLost: () => {}, answered: () => {} }
