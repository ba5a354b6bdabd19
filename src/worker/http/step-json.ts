import { topK } from '../../core/distribution/top-k.ts'
import type { EncodingFormat, WireFinish, WireStart } from '../../members/shared/worker-wire.ts'
import type { FinishReason, Step } from '../compute/messages.ts'
import { toBase64 } from './base64.ts'
import type { Service } from './service.ts'

function listJson(step: Step, format: EncodingFormat): string {
  const { ids, logProbs } = step
  if (format === 'base64') {
    const idPart = ids === null ? '' : `"ids":"${toBase64(ids)}",`
    return `{${idPart}"log_probs":"${toBase64(logProbs)}"}`
  }
  const sorted = ids ?? topK(logProbs, logProbs.length)
  const values = ids === null ? Float32Array.from(sorted, (id) => logProbs[id] as number) : logProbs
  // A masked token's −Infinity has no JSON form; −9999 is what servers write for it.
  const numbers = Array.from(values, (value) => Math.max(value, -9999))
  return `{"ids":[${sorted.join(',')}],"log_probs":[${numbers.join(',')}]}`
}

/** A step as JSON. Written by hand: nothing in it needs escaping, and a list of the whole vocabulary is long. */
export function stepJson(service: Service, step: Step, index: number, format: EncodingFormat): string {
  const bytes = toBase64(service.table.bytes[step.token] as Uint8Array)
  const logProb = Math.max(step.logProb, -9999)
  const head = `"index":${index},"id":${step.token},"bytes":"${bytes}","log_prob":${logProb},"end":${step.end}`
  return `{${head},"top":${listJson(step, format)}}`
}

export function startEvent(start: WireStart): string {
  return `data: ${JSON.stringify(start)}\n\n`
}

export function finishEvent(reason: FinishReason, usage: WireFinish['usage']): string {
  return `data: ${JSON.stringify({ finish_reason: reason, usage } satisfies WireFinish)}\n\n`
}
