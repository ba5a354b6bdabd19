import { z } from 'zod'
import { TuttiError } from '../../errors.ts'
import { checkTokens } from './context.ts'
import type { Service } from './service.ts'

const parameters = z.record(z.string(), z.unknown()).optional()

const inferBody = z.strictObject({
  id: z.string().optional(),
  parameters,
  inputs: z.array(
    z.strictObject({
      name: z.string(),
      shape: z.array(z.int()),
      datatype: z.string(),
      parameters,
      data: z.array(z.unknown()).optional(),
    }),
  ),
  outputs: z.array(z.strictObject({ name: z.string(), parameters })).optional(),
})

/** An inference request of the Open Inference Protocol v2, checked. */
export interface TensorRequest {
  readonly id: string | undefined
  /** The rows' tokens without padding, and the column each begins at. */
  readonly rows: readonly { readonly tokens: Int32Array; readonly offset: number }[]
  readonly sequence: number
  readonly binaryOutput: boolean
}

function wrong(field: string, why: string): never {
  throw new TuttiError('invalid_tensor', `${field}: ${why}`, { param: field })
}

function parseHeader(json: Uint8Array): z.infer<typeof inferBody> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('utf8'))
  } catch (error) {
    throw new TuttiError('invalid_request', `the body is not JSON: ${(error as Error).message}`)
  }
  const parsed = inferBody.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = (issue?.path ?? [])
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
  throw new TuttiError(
    'invalid_request',
    `${field || 'the body'}: ${issue?.message}`,
    field === '' ? {} : { param: field },
  )
}

/** A value in an error's words. One with others inside is not spelled out: it may be nested deeper than the stack goes. */
function shown(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'a list or an object' : JSON.stringify(value)
}

type Input = z.infer<typeof inferBody>['inputs'][number]

/** Values of an INT64 tensor out of JSON or out of the binary part; advances the binary offset. */
function readValues(input: Input, field: string, binary: { data: Uint8Array; at: number }): Int32Array {
  const [batch = 0, sequence = 0] = input.shape
  if (input.datatype !== 'INT64') wrong(`${field}.datatype`, `is ${input.datatype}, ${input.name} is INT64`)
  if (input.shape.length !== 2 || batch < 1 || sequence < 1)
    wrong(`${field}.shape`, `is [${input.shape}], not [batch, sequence]`)
  const size = input.parameters?.['binary_data_size']
  if (size !== undefined) {
    if (input.data !== undefined) wrong(`${field}.data`, 'is given beside parameters.binary_data_size')
    if (size !== batch * sequence * 8)
      wrong(`${field}.parameters.binary_data_size`, `is ${shown(size)}, the shape needs ${batch * sequence * 8}`)
    if (binary.at + size > binary.data.length)
      wrong(`${field}.parameters.binary_data_size`, 'goes past the end of the body')
    const view = new DataView(binary.data.buffer, binary.data.byteOffset + binary.at, size)
    binary.at += size
    return Int32Array.from({ length: size / 8 }, (_, i) => {
      const value = view.getBigInt64(i * 8, true)
      return value >= -1n && value < 0x7fffffffn ? Number(value) : wrong(field, `value ${value} is out of range`)
    })
  }
  const flat = (input.data ?? wrong(`${field}.data`, 'is missing')).flat()
  if (flat.length !== batch * sequence)
    wrong(`${field}.data`, `holds ${flat.length} values, the shape needs ${batch * sequence}`)
  return Int32Array.from(flat, (value) =>
    Number.isInteger(value) ? (value as number) : wrong(`${field}.data`, `${shown(value)} is not an integer`),
  )
}

/** The span of ones in a mask row; a hole in it would be a text with a gap, which no cache can hold. */
function spanOf(mask: Int32Array, field: string): { from: number; to: number } {
  const from = mask.indexOf(1)
  const to = mask.lastIndexOf(1) + 1
  if (from === -1) wrong(field, 'masks a whole row')
  if (mask.some((value, i) => value !== (i >= from && i < to ? 1 : 0)))
    wrong(field, 'is not one span of ones, padded with zeros')
  return { from, to }
}

/**
 * @param headerLength value of `Inference-Header-Content-Length`: bytes of JSON before the binary tensors.
 * @throws TuttiError `invalid_request`, `invalid_tensor`, `unknown_token`, `context_length_exceeded`.
 */
export function readTensorRequest(service: Service, body: Uint8Array, headerLength: number | null): TensorRequest {
  const { size } = service.table
  const split = headerLength ?? body.length
  if (split > body.length) wrong('Inference-Header-Content-Length', `is ${split}, the body has ${body.length} bytes`)
  const header = parseHeader(body.subarray(0, split))
  const binary = { data: body.subarray(split), at: 0 }
  const tensors = new Map<string, { values: Int32Array; shape: readonly number[] }>()
  for (const [i, input] of header.inputs.entries()) {
    if (input.name !== 'input_ids' && input.name !== 'attention_mask')
      wrong(`inputs[${i}].name`, `${input.name} is not an input of the model`)
    tensors.set(input.name, { values: readValues(input, `inputs[${i}]`, binary), shape: input.shape })
  }
  if (binary.at !== binary.data.length)
    wrong('inputs', `${binary.data.length - binary.at} bytes of the body belong to no tensor`)
  for (const [i, output] of (header.outputs ?? []).entries()) {
    if (output.name !== 'logits') wrong(`outputs[${i}].name`, `${output.name} is not an output of the model`)
  }
  const ids = tensors.get('input_ids') ?? wrong('inputs', 'input_ids is missing')
  const mask = tensors.get('attention_mask')
  const [batch = 0, sequence = 0] = ids.shape
  if (mask !== undefined && mask.shape.join() !== ids.shape.join())
    wrong('attention_mask', `has shape [${mask.shape}], input_ids [${ids.shape}]`)
  const rows = Array.from({ length: batch }, (_, r) => {
    const row = ids.values.subarray(r * sequence, (r + 1) * sequence)
    const span =
      mask === undefined
        ? { from: 0, to: sequence }
        : spanOf(mask.values.subarray(r * sequence, (r + 1) * sequence), 'attention_mask')
    const tokens = row.slice(span.from, span.to)
    checkTokens(tokens, size, 'input_ids')
    if (tokens.length > service.contextLength) {
      throw new TuttiError(
        'context_length_exceeded',
        `input_ids: ${tokens.length} tokens are more than the model's ${service.contextLength}`,
        { param: 'input_ids' },
      )
    }
    return { tokens, offset: span.from }
  })
  const wanted = header.outputs?.[0]?.parameters?.['binary_data'] ?? header.parameters?.['binary_data_output']
  return { id: header.id, rows, sequence, binaryOutput: wanted === true }
}
