import type { Diagnosis, StepDiagnosis } from './diagnosis.ts'

/** What could have stood in a segment's place, with the natural logarithm of its fused probability. */
export interface Candidate {
  readonly bytes: Uint8Array
  readonly logProb: number
}

/** A stretch of output between two token borders of the lead member. */
export interface SegmentEvent {
  readonly kind: 'segment'
  readonly text: string
  /** Natural logarithm of the fused probability of the segment's bytes, and of the end if the text ends with it; 0 for a whole answer. */
  readonly logProb: number
  /** The segment and its alternatives, likeliest first, when the request asks for them; else empty. */
  readonly candidates: readonly Candidate[]
  /** Id of the member with the largest mean responsibility over the segment. */
  readonly carrier: string
  /** Each decided symbol, when the request asks for `steps`; else empty. */
  readonly steps: readonly StepDiagnosis[]
  /** When it was decided, in milliseconds since the generation began; when the request asks for the timeline. */
  readonly atMs?: number
}

/** All segments that were decided, also those that a stop string has cut off. */
interface DecidedOutput {
  /** Natural logarithm of their fused probability. */
  readonly logProb: number
  /** How many they are; an end without text is one. */
  readonly segments: number
}

export interface FinishEvent<D = Diagnosis> {
  readonly kind: 'finish'
  readonly reason: 'stop' | 'length'
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number }
  /** Absent where no text was decided symbol by symbol: of a whole answer, and of a prompt that is only echoed. */
  readonly decided?: DecidedOutput
  readonly diagnosis: D | null
}

/** `D`: the diagnosis of how the text came about. */
export type GenerationEvent<D = Diagnosis> = SegmentEvent | FinishEvent<D>
