import { checkShape, parseJson } from '../shared/check-shape.ts'
import { brokenProtocol } from '../shared/failures.ts'
import type { RawAnswer } from '../shared/http-client.ts'
import { decodeNumbers } from './decode-numbers.ts'
import { answerSchema } from './wire-schemas.ts'

export interface Tensor {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/**
 * One output out of an answer in JSON, or in JSON with raw tensors behind it. Which of the two the answer says, not the
 * request: servers without the binary extension ignore that it was asked for.
 *
 * @throws TuttiError `member_protocol`.
 */
export function readTensor({ body, header }: RawAnswer, name: string, member: string): Tensor {
  const split = Number(header('inference-header-content-length') ?? body.length)
  if (!Number.isInteger(split) || split > body.length)
    throw brokenProtocol(member, 'the length of its JSON is more than the answer')
  const json = parseJson(body.toString('utf8', 0, split), member, 'the answer')
  let at = split
  for (const output of checkShape(answerSchema, json, member, 'the answer').outputs) {
    const size = output.parameters?.binary_data_size
    const raw = body.subarray(at, at + (size ?? 0))
    at += size ?? 0
    if (output.name !== name) continue
    const values = size == null ? numbersOf(output.data) : decodeNumbers(raw, output.datatype)
    const count = output.shape.reduce((product, dimension) => product * dimension, 1)
    if (values === null || values.length !== count || at > body.length) {
      throw brokenProtocol(member, `"${name}" is not ${count} numbers (${output.datatype} [${output.shape}])`)
    }
    return { shape: output.shape, values }
  }
  throw brokenProtocol(member, `the answer has no output "${name}"`)
}

/** Flat or nested; what is no number is NaN, which no distribution is made of. */
function numbersOf(data: unknown): Float32Array | null {
  if (!Array.isArray(data)) return null
  const flat: unknown[] = Array.isArray(data[0]) ? data.flat(Number.POSITIVE_INFINITY) : data
  return Float32Array.from(flat, (value) => (typeof value === 'number' ? value : Number.NaN))
}
