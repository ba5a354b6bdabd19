import { z } from 'zod'
import type { Protocol } from './kit/twin.ts'
import type { TwinCall } from './kit/twin-call.ts'
import type { TwinModel } from './kit/twin-model.ts'

// The Open Inference Protocol v2, after KServe's `docs/predict-api/v2/required_api.md` and Triton's
// `extension_binary_data.md`. That a server without the extension ignores it, and answers readiness with an empty body, was
// seen of MLServer 1.7.1, and what content type a request with bytes must have of KServe 0.21.0 (test/members/oip/fixtures).

const heads = 2
const headSize = 4

const inferBody = z.object({
  inputs: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.int()),
      datatype: z.string(),
      data: z.array(z.unknown()).optional(),
      parameters: z.object({ binary_data_size: z.int().optional() }).optional(),
    }),
  ),
  outputs: z
    .array(z.object({ name: z.string(), parameters: z.object({ binary_data: z.boolean().optional() }).optional() }))
    .optional(),
})

export interface OipManner {
  readonly datatype?: 'FP32' | 'FP16' | 'BF16' | 'FP64'
  /** Has the binary tensor extension. */
  readonly binary?: boolean
  /** Gives the logits of the last position alone, without its dimension. */
  readonly lastOnly?: boolean
}

/** Any datatype of a past has its zero-length tensors. */
const pastInputs = (datatype: string) =>
  ['key', 'value'].map((part) => ({
    name: `past_key_values.0.${part}`,
    datatype,
    shape: [-1, heads, -1, headSize],
  }))

function encode(values: readonly number[], datatype: string): Buffer {
  const wide = Float32Array.from(values)
  if (datatype === 'FP32') return Buffer.from(wide.buffer)
  if (datatype === 'FP64') return Buffer.from(Float64Array.from(values).buffer)
  const bits = new Uint32Array(wide.buffer)
  // Rounded towards zero, which is near enough; halves that are subnormal are taken as 0.
  const half = (all: number) => {
    const exponent = ((all >> 23) & 0xff) - 112
    const sign = (all >>> 16) & 0x8000
    if (((all >> 23) & 0xff) === 0xff) return sign | 0x7c00 | ((all & 0x7fffff) === 0 ? 0 : 1)
    return exponent <= 0 ? sign : sign | (exponent << 10) | ((all >> 13) & 0x3ff)
  }
  return Buffer.from(Uint16Array.from(bits, (all) => (datatype === 'BF16' ? all >>> 16 : half(all))).buffer)
}

/** Logits are log-probabilities up to a constant that is any. */
async function logitsAt(call: TwinCall, context: readonly number[]): Promise<number[]> {
  const { size } = call.model.vocabulary
  const logits = new Array<number>(size).fill(Number.NEGATIVE_INFINITY)
  for (const { id, logProb } of await call.list(context, size)) logits[id] = logProb + 2.5
  return logits
}

async function infer(call: TwinCall, manner: Required<OipManner>): Promise<void> {
  const refuse = (error: string) => call.json({ error }, 400)
  const parsed = inferBody.safeParse(call.body)
  if (!parsed.success) return refuse(z.prettifyError(parsed.error))
  const inputs = new Map(parsed.data.inputs.map((input) => [input.name, input]))
  const ids = inputs.get('input_ids')
  const [batch = 0, length = 0] = ids?.shape ?? []
  for (const { name } of declared(manner)) {
    const input = inputs.get(name)
    if (input === undefined) return refuse(`expected ${declared(manner).length} inputs but got ${inputs.size}: ${name}`)
    const wanted = name.startsWith('past') ? [batch, heads, 0, headSize] : [batch, length]
    if (input.shape.join() !== wanted.join()) return refuse(`unexpected shape for input '${name}': [${input.shape}]`)
    const behind = input.parameters?.binary_data_size
    if (behind !== undefined && call.request.headers['content-type'] !== 'application/octet-stream')
      return call.json({ detail: [{ type: 'json_invalid', loc: ['body', 289], msg: 'JSON decode error' }] }, 422)
    if (behind !== undefined && call.request.headers['inference-header-content-length'] === undefined)
      return refuse('must specify Inference-Header-Content-Length')
    if (behind === undefined && ['FP16', 'BF16'].includes(input.datatype))
      return refuse(`${input.datatype} has no JSON`)
    if (behind === undefined && input.data?.length !== wanted.reduce((a, b) => a * b)) return refuse(`data of ${name}`)
  }
  if (parsed.data.outputs?.some(({ name }) => name !== 'logits')) return refuse('unexpected inference output')
  if (length > call.model.contextLength) return refuse('onnx runtime error 2: position is out of bounds')
  const flat = ids?.data as number[]
  if (inputs.get('position_ids')?.data?.some((position, i) => position !== i % length)) return refuse('position_ids')
  const rows = Array.from({ length: batch }, (_, row) => flat.slice(row * length, (row + 1) * length))
  const positions = Array.from({ length }, (_, at) => at + 1).slice(manner.lastOnly ? -1 : 0)
  const logits: number[] = []
  for (const row of rows) for (const to of positions) logits.push(...(await logitsAt(call, row.slice(0, to))))
  const { size } = call.model.vocabulary
  const shape = manner.lastOnly ? [batch, size] : [batch, length, size]
  const about = { model_name: call.model.name, model_version: '1' }
  const output = { name: 'logits', datatype: manner.datatype, shape }
  const binary = manner.binary && parsed.data.outputs?.[0]?.parameters?.binary_data === true
  if (!binary) {
    if (['FP16', 'BF16'].includes(manner.datatype)) return refuse(`${manner.datatype} has no JSON`)
    return call.json({ ...about, outputs: [{ ...output, data: logits }] })
  }
  const bytes = encode(logits, manner.datatype)
  const json = JSON.stringify({ ...about, outputs: [{ ...output, parameters: { binary_data_size: bytes.length } }] })
  return call.binary(Buffer.concat([Buffer.from(json), bytes]), {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': String(Buffer.byteLength(json)),
  })
}

function declared({ datatype }: Required<OipManner>) {
  const usual = ['input_ids', 'attention_mask', 'position_ids'].map((name) => {
    return { name, datatype: 'INT64', shape: [-1, -1] }
  })
  return [...usual, ...pastInputs(datatype)]
}

/** Its routes carry the model's name. */
export function oip(model: TwinModel, options: OipManner = {}): Protocol {
  const manner = { datatype: 'FP32' as const, binary: true, lastOnly: false, ...options }
  const path = `/v2/models/${model.name}`
  const empty = async (call: TwinCall) => void call.response.writeHead(200).end()
  return {
    kind: 'oip',
    inference: [`POST ${path}/infer`],
    badJson: 400,
    refusal: (_status, error) => ({ error }),
    streamError: () => [],
    routes: {
      'GET /v2/health/live': empty,
      'GET /v2/health/ready': empty,
      [`GET ${path}/ready`]: empty,
      [`GET ${path}`]: (call) =>
        call.json({
          name: model.name,
          versions: ['1'],
          platform: 'onnxruntime_onnx',
          inputs: declared(manner),
          outputs: [{ name: 'logits', datatype: manner.datatype, shape: [-1, -1, model.vocabulary.size] }],
        }),
      [`POST ${path}/infer`]: (call) => infer(call, manner),
    },
  }
}
