import type { WireByteFinish, WireByteStart } from '../../members/shared/worker-wire.ts'
import type { ByteWalkStep } from '../bytes/byte-walks.ts'
import { toBase64 } from './base64.ts'

/** A step as JSON, written by hand: nothing in it needs escaping. JSON's numbers keep every bit of a float64. */
export function byteStepJson({ place, symbol }: ByteWalkStep, index: number): string {
  const { probabilities, low, high, missing, mass, excluded } = place.conditional()
  const { revivals, prunedMass } = place.lattice.counters
  const bounds = low === probabilities ? '' : `"low":"${toBase64(low)}","high":"${toBase64(high)}",`
  const numbers = `"missing":${missing},"mass":${mass},"excluded":${excluded},"since_border":${place.lattice.sinceBorder()}`
  const counters = `"counters":{"revivals":${revivals},"pruned_mass":${prunedMass}}`
  const contexts = `"contexts":{"fetched":${place.fetched},"used":${place.used}}`
  const head = `"index":${index},"probabilities":"${toBase64(probabilities)}",${bounds}${numbers}`
  return `{${head},${counters},${contexts},"symbol":${symbol}}`
}

export function byteStartEvent(start: WireByteStart): string {
  return `data: ${JSON.stringify(start)}\n\n`
}

export function byteFinishEvent(reason: WireByteFinish['finish_reason'], usage: WireByteFinish['usage']): string {
  return `data: ${JSON.stringify({ finish_reason: reason, usage } satisfies WireByteFinish)}\n\n`
}
