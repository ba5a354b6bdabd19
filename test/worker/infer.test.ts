import { describe, expect, test } from 'vitest'
import { largestDifference, loadReference } from './reference.ts'
import { startTestWorker } from './support.ts'

interface InferAnswer {
  model_name: string
  id?: string
  outputs: {
    name: string
    datatype: string
    shape: number[]
    data: number[]
    parameters: { binary_data_size: number }
  }[]
}

function ids(rows: readonly (readonly number[])[]) {
  return { name: 'input_ids', shape: [rows.length, rows[0]!.length], datatype: 'INT64', data: rows.flat() }
}

/** The request with its tensors behind the JSON, as the protocol's binary extension puts them. */
function binaryBody(inputs: { name: string; shape: number[]; data: number[] }[], rest: object = {}) {
  const tensors = inputs.map(({ data }) => Buffer.from(BigInt64Array.from(data, BigInt).buffer))
  const described = inputs.map(({ name, shape }, i) => ({
    name,
    shape,
    datatype: 'INT64',
    parameters: { binary_data_size: tensors[i]!.length },
  }))
  const header = Buffer.from(JSON.stringify({ inputs: described, ...rest }))
  const headers = { 'content-type': 'application/octet-stream', 'inference-header-content-length': `${header.length}` }
  return { body: Buffer.concat([header, ...tensors]), headers }
}

describe.each(['tiny-gpt', 'tiny-gru'] as const)('%s', (model) => {
  const rows = [
    [1, 2, 3, 4],
    [9, 8, 7, 6],
  ]

  test('logits are those of a plain run, row by row', async () => {
    const worker = await startTestWorker(model)
    const reference = await loadReference(model)
    const response = await worker.post('/infer', { id: 'x', inputs: [ids(rows)] })
    const { outputs, ...answer } = (await response.json()) as InferAnswer
    expect(answer).toEqual({ model_name: model, model_version: '1', id: 'x' })
    expect(outputs[0]).toMatchObject({ name: 'logits', datatype: 'FP32', shape: [2, 4, reference.size] })
    const truth = [...(await reference.logits(rows[0]!)), ...(await reference.logits(rows[1]!))]
    expect(largestDifference(outputs[0]!.data, truth)).toBeLessThan(1e-5)
  })

  test('binary tensors say the same as JSON, in and out', async () => {
    const worker = await startTestWorker(model)
    const json = (await (await worker.post('/infer', { inputs: [ids(rows)] })).json()) as InferAnswer
    const outputs = [{ name: 'logits', parameters: { binary_data: true } }]
    const { body, headers } = binaryBody([ids(rows)], { outputs })
    const response = await worker.post('/infer', body, headers)
    expect(response.status).toBe(200)
    const split = Number(response.headers.get('inference-header-content-length'))
    const bytes = new Uint8Array(await response.arrayBuffer())
    const answer = JSON.parse(Buffer.from(bytes.slice(0, split)).toString()) as InferAnswer
    expect(answer.outputs[0]!.parameters.binary_data_size).toBe(bytes.length - split)
    expect(Array.from(new Float32Array(bytes.slice(split).buffer))).toEqual(json.outputs[0]!.data.map(Math.fround))
    const all = await worker.post('/infer', { inputs: [ids(rows)], parameters: { binary_data_output: true } })
    expect(all.headers.get('content-type')).toBe('application/octet-stream')
  })

  test('a padded row gives its own logits, and zeros where it is masked', async () => {
    const worker = await startTestWorker(model)
    const reference = await loadReference(model)
    const mask = { name: 'attention_mask', shape: [2, 4], datatype: 'INT64', data: [0, 0, 1, 1, 1, 1, 1, 0] }
    const response = await worker.post('/infer', { inputs: [ids(rows), mask] })
    const { data } = ((await response.json()) as InferAnswer).outputs[0]!
    const { size } = reference
    expect(data.slice(0, 2 * size).every((logit) => logit === 0)).toBe(true)
    expect(largestDifference(data.slice(2 * size, 4 * size), await reference.logits([3, 4]))).toBeLessThan(1e-5)
    expect(largestDifference(data.slice(4 * size, 7 * size), await reference.logits([9, 8, 7]))).toBeLessThan(1e-5)
  })

  test('inference keeps to the context it is given, whatever was read before', async () => {
    const worker = await startTestWorker(model)
    const first = (await (await worker.post('/infer', { inputs: [ids([rows[0]!])] })).json()) as InferAnswer
    await worker.post('/continue', { context: { tokens: rows[0] }, max_tokens: 9, top_k: 0, stop_at_end: false })
    const second = (await (await worker.post('/infer', { inputs: [ids([rows[0]!])] })).json()) as InferAnswer
    expect(second.outputs[0]!.data).toEqual(first.outputs[0]!.data)
  })
})

test("the protocol's metadata describes the tensors that infer takes", async () => {
  const worker = await startTestWorker('tiny-gpt')
  const get = async (path: string) => (await (await fetch(worker.url + path)).json()) as Record<string, unknown>
  expect(await get('/v2')).toMatchObject({ extensions: ['binary_tensor_data'], models: ['tiny-gpt'] })
  expect(await get('/v2/health/live')).toEqual({ live: true })
  expect(await get('/v2/health/ready')).toEqual({ ready: true })
  expect(await get('/v2/models/tiny-gpt/ready')).toEqual({ name: 'tiny-gpt', ready: true })
  expect(await get('/v2/models/tiny-gpt')).toMatchObject({
    name: 'tiny-gpt',
    inputs: [
      { name: 'input_ids', datatype: 'INT64', shape: [-1, -1] },
      { name: 'attention_mask', datatype: 'INT64', shape: [-1, -1] },
    ],
    outputs: [{ name: 'logits', datatype: 'FP32', shape: [-1, -1, 287] }],
  })
})
