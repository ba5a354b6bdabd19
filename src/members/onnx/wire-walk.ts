import type { Sampling } from '../../core/decode/choose.ts'
import type { WireWalk } from '../shared/worker-wire.ts'

export function toWireWalk({ seed, step, temperature, topP, minP }: Sampling): WireWalk {
  return { seed, step, temperature, top_p: topP, min_p: minP }
}
