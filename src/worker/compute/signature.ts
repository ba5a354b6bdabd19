import type { InferenceSession } from 'onnxruntime-node'
import { TuttiError } from '../../errors.ts'

/** One past/present pair of tensors: `past_key_values.0.key` goes in, `present.0.key` comes out. */
export interface Slot {
  readonly input: string
  readonly output: string
  /** Shape of one row: [heads, head size] of an attention slot (the past axis lies between), all of a recurrent one. */
  readonly dims: readonly number[]
  /** Product of `dims`: floats per row and token (attention) or per row (recurrent). */
  readonly size: number
}

/** What a causal language model's ONNX export takes and gives. */
export interface Signature {
  readonly takesMask: boolean
  readonly takesPositions: boolean
  /** `attention`: slots grow with the context. `recurrent`: slots have a fixed size. */
  readonly kind: 'attention' | 'recurrent'
  readonly slots: readonly Slot[]
}

const plainInputs = new Set(['input_ids', 'attention_mask', 'position_ids'])
const pastPrefix = /^past(_key_values)?\./

function refuse(why: string): never {
  throw new TuttiError('invalid_model', `this ONNX export can't be served: ${why}`)
}

function slotOf(input: InferenceSession.TensorValueMetadata): Slot & { grows: boolean } {
  if (input.type !== 'float32') refuse(`state ${input.name} is ${input.type}, only float32 states are supported`)
  const rest = input.shape.slice(1)
  const symbolic = rest.flatMap((size, axis) => (typeof size === 'string' ? [axis] : []))
  const grows = symbolic.length > 0
  if (grows && !(rest.length === 3 && symbolic.length === 1 && symbolic[0] === 1)) {
    refuse(`state ${input.name} has shape [${input.shape.join(', ')}], not [batch, heads, past, head size]`)
  }
  const dims = rest.filter((size): size is number => typeof size === 'number')
  const output = input.name.replace(pastPrefix, 'present.')
  return { input: input.name, output, dims, size: dims.reduce((product, size) => product * size, 1), grows }
}

/** @throws TuttiError `invalid_model` that says which input or output is missing or unknown. */
export function readSignature(session: InferenceSession): Signature {
  const inputs = session.inputMetadata.filter((input) => input.isTensor)
  const names = new Set(inputs.map((input) => input.name))
  if (!names.has('input_ids')) refuse('it has no input input_ids')
  if (!session.outputNames.includes('logits')) refuse('it has no output logits')
  for (const input of inputs) {
    if (plainInputs.has(input.name)) {
      if (input.type !== 'int64') refuse(`input ${input.name} is ${input.type}, not int64`)
    } else if (!pastPrefix.test(input.name)) {
      refuse(`it wants an input ${input.name}, which Tutti doesn't know`)
    }
  }
  const slots = inputs.filter((input) => pastPrefix.test(input.name)).map(slotOf)
  if (slots.length === 0) refuse('it keeps no state; export it with past_key_values (task text-generation-with-past)')
  for (const slot of slots) {
    if (!session.outputNames.includes(slot.output)) refuse(`state ${slot.input} has no output ${slot.output}`)
  }
  const growing = slots.filter((slot) => slot.grows).length
  if (growing !== 0 && growing !== slots.length) refuse('it mixes attention caches with recurrent states')
  return {
    takesMask: names.has('attention_mask'),
    takesPositions: names.has('position_ids'),
    kind: growing === 0 ? 'recurrent' : 'attention',
    slots,
  }
}
