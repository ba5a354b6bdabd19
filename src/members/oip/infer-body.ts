import { brokenProtocol } from '../shared/failures.ts'
import type { DeclaredTensor } from './wire-schemas.ts'

/** What every call of one model is made of. */
export interface ModelShape {
  /** As the model's metadata declares them. */
  readonly inputs: readonly DeclaredTensor[]
  /** Name of the logits. */
  readonly output: string
  /** Ask for them as bytes. A server without that extension answers in JSON all the same. */
  readonly binary: boolean
}

/** A model whose metadata says nothing of its inputs takes these. */
const usual: readonly DeclaredTensor[] = ['input_ids', 'attention_mask'].map((name) => ({
  name,
  datatype: 'INT64',
  shape: [-1, -1],
}))

/** Datatypes that have no JSON form. */
const withoutJson = new Set(['FP16', 'BF16'])

/** @param rows token ids of contexts of one length. */
export function inferBody(rows: readonly (readonly number[])[], model: ModelShape, member: string) {
  const declared = model.inputs.length > 0 ? model.inputs : usual
  const inputs = declared.map((input) => inputOf(input, rows, member))
  const parameters = model.binary ? { parameters: { binary_data: true } } : {}
  const body = { inputs, outputs: [{ name: model.output, ...parameters }] }
  // The header says where the JSON ends: here at the end of the body, for the tensors behind it are empty.
  const binary = inputs.some((input) => 'parameters' in input)
  const length = String(Buffer.byteLength(JSON.stringify(body)))
  const headers = { 'content-type': 'application/octet-stream', 'inference-header-content-length': length }
  return { body, headers: binary ? headers : {} }
}

function inputOf({ name, datatype, shape }: DeclaredTensor, rows: readonly (readonly number[])[], member: string) {
  const filled = (data: readonly (readonly number[])[]) => {
    return { name, datatype, shape: [rows.length, data[0]?.length ?? 0], data: data.flat() }
  }
  switch (name) {
    case 'input_ids':
      return filled(rows)
    case 'attention_mask':
      return filled(rows.map((row) => row.map(() => 1)))
    case 'position_ids':
      return filled(rows.map((row) => [...row.keys()]))
    // Of a merged export (Hugging Face optimum): whether the past is to be read.
    case 'use_cache_branch':
      return { name, datatype, shape: [1], data: [false] }
  }
  // No past, or a state of zeros where it has one size: the protocol has no state, so each call carries the whole context.
  if (name.startsWith('past')) {
    const start = { name, datatype, shape: shape.map((size, i) => (size >= 0 ? size : i === 0 ? rows.length : 0)) }
    const count = start.shape.reduce((product, size) => product * size, 1)
    if (!withoutJson.has(datatype)) return { ...start, data: new Array<number>(count).fill(0) }
    if (count > 0) throw brokenProtocol(member, `the state "${name}" is ${datatype}, which JSON can't carry`)
    return { ...start, parameters: { binary_data_size: 0 } }
  }
  throw brokenProtocol(member, `the model wants an input "${name}", which no context has`)
}
