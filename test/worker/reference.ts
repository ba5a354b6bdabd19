import { InferenceSession, Tensor } from 'onnxruntime-node'
import { modelDir } from './support.ts'

/** A plain run of a fixture: no worker, no cache, no batch. */
export interface Reference {
  readonly size: number
  /** Logits [tokens, vocabulary]. */
  logits(tokens: readonly number[]): Promise<Float32Array>
  /** Log-probabilities after the last token, in float64. */
  logProbs(tokens: readonly number[]): Promise<Float64Array>
}

const sizes = { 'tiny-gpt': 287, 'tiny-gru': 257 }

export async function loadReference(model: 'tiny-gpt' | 'tiny-gru'): Promise<Reference> {
  const session = await InferenceSession.create(`${modelDir(model)}/onnx/model.onnx`)
  const size = sizes[model]

  async function logits(tokens: readonly number[]): Promise<Float32Array> {
    const int64 = (values: readonly number[]) =>
      new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
    const feeds: Record<string, Tensor> = { input_ids: int64(tokens) }
    if (model === 'tiny-gpt') {
      feeds['attention_mask'] = int64(tokens.map(() => 1))
      feeds['position_ids'] = int64(tokens.map((_, position) => position))
      for (const name of session.inputNames.filter((input) => input.startsWith('past'))) {
        feeds[name] = new Tensor('float32', new Float32Array(0), [1, 2, 0, 8])
      }
    } else {
      for (const name of ['hidden', 'shift']) {
        feeds[`past_key_values.0.${name}`] = new Tensor('float32', new Float32Array(12), [1, 12])
      }
    }
    const { logits } = await session.run(feeds)
    return logits!.data as Float32Array
  }

  return {
    size,
    logits,
    logProbs: async (tokens) => {
      const last = (await logits(tokens)).slice((tokens.length - 1) * size)
      const largest = Math.max(...last)
      const sum = last.reduce((total, logit) => total + Math.exp(logit - largest), 0)
      return Float64Array.from(last, (logit) => logit - largest - Math.log(sum))
    },
  }
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!))
  return largest
}
