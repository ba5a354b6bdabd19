import type { FastifyBaseLogger } from 'fastify'
import type { answerTogether } from '../ensemble/answer/answer.ts'
import type { classify } from '../ensemble/classify/classify.ts'
import type { Directory } from '../ensemble/directory.ts'
import type { scorePrompt } from '../ensemble/echo.ts'
import type { generate } from '../ensemble/generate.ts'
import type { Observer } from '../ensemble/observer.ts'
import type { predict } from '../ensemble/predict.ts'
import type { scoreTexts } from '../ensemble/score.ts'
import type { Admit } from './admission/admit.ts'
import type { Gate } from './admission/gate.ts'
import type { SharedCounters } from './rates/redis.ts'
import type { Running } from './running.ts'
import type { TakenSettings } from './settings.ts'

export interface RequestEnded {
  /** The pattern, never the URL. */
  readonly route: string
  readonly method: string
  readonly status: number
  /** An error code, or null. */
  readonly code: string | null
  /** Name of the caller's key. */
  readonly key: string
  readonly seconds: number
}

/** Follows one request into a trace. */
export interface RequestTrace {
  readonly id: string
  over(observer: Observer): Observer
  /** The directory, whose members tell their servers of the trace. */
  carriedBy(directory: Directory): Directory
  ended(event: RequestEnded): void
}

/** Told of every request when its answer is out or its client gone. */
export interface RequestObserver {
  requestEnded(event: RequestEnded): void
}

/** All that the server needs from outside, time and chance included. */
export interface Dependencies {
  /** The settings in force, for one request. */
  readonly takeSettings: () => TakenSettings
  readonly running: Running
  /** What all that call members pass through. */
  readonly gate: Gate
  /** Where rate limits are counted; null: in process. */
  readonly sharedCounters: SharedCounters | null
  readonly generate: typeof generate
  readonly answerTogether: typeof answerTogether
  readonly scorePrompt: typeof scorePrompt
  readonly predict: typeof predict
  readonly classify: typeof classify
  readonly scoreTexts: typeof scoreTexts
  readonly observer: Observer & RequestObserver
  /** Begins the trace of a request, whose `traceparent` header may give it a parent; null: nothing is traced. */
  readonly startTrace:
    | ((request: {
        readonly method: string
        readonly route: string
        readonly parent: string | undefined
      }) => RequestTrace)
    | null
  /** The metrics page in Prometheus' text format. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>
  readonly logger: FastifyBaseLogger
  /** Milliseconds, monotonic. */
  readonly clock: () => number
  /** Seconds since 1970. */
  readonly now: () => number
  /** A seed for requests that give none: an integer in [0, 2^32). */
  readonly randomSeed: () => number
  /** An identifier no other call returns. */
  readonly newId: () => string
  /** Milliseconds that a stream may be silent before a comment is sent. */
  readonly keepAliveMs: number
  readonly version: string
  /** Serve the page at `/`. */
  readonly console: boolean
  readonly bodyLimitBytes: number
  /** Log what is asked and answered in full. */
  readonly logContent: boolean
  /** Milliseconds to receive a request in. */
  readonly receiveMs: number
}

/** What routes that call members need. */
export interface AskingDependencies extends Dependencies {
  readonly admit: Admit
}
