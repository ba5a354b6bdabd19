import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Service } from '../../src/worker/http/service.ts'
import { readTensorRequest } from '../../src/worker/http/tensor-request.ts'
import { startWorker } from '../../src/worker/start-worker.ts'
import { extend, modelDir, type TestWorker } from './support.ts'

let worker: TestWorker
beforeAll(async () => {
  worker = extend(await startWorker({ modelDir: modelDir('tiny-gpt'), bodyLimit: 20_000 }))
})
afterAll(() => worker.close())

const fine = { context: { tokens: [1, 2] }, max_tokens: 2, top_k: 3 }
const input = { name: 'input_ids', shape: [1, 2], datatype: 'INT64', data: [1, 2] }
const infer = (change: object) => ({ inputs: [{ ...input, ...change }] })
const many = (count: number) => Array.from({ length: count }, () => 1)

interface Refusal {
  what: string
  path: string
  body: unknown
  status?: number
  code: string
  /** Words that the message must hold. */
  says: string
}

const refusals: Refusal[] = [
  { what: 'malformed JSON', path: '/continue', body: '{"context', code: 'invalid_request', says: 'JSON' },
  { what: 'an empty body', path: '/continue', body: '', code: 'invalid_request', says: 'Body' },
  { what: 'an unknown field', path: '/continue', body: { ...fine, topk: 3 }, code: 'invalid_request', says: 'topk' },
  {
    what: 'a missing field',
    path: '/continue',
    body: { context: { tokens: [1] }, top_k: 1 },
    code: 'invalid_request',
    says: 'max_tokens',
  },
  {
    what: 'no tokens to make',
    path: '/continue',
    body: { ...fine, max_tokens: 0 },
    code: 'invalid_request',
    says: 'max_tokens',
  },
  {
    what: 'a list longer than the vocabulary',
    path: '/continue',
    body: { ...fine, top_k: 288 },
    code: 'invalid_request',
    says: 'top_k',
  },
  {
    what: 'an unknown format',
    path: '/continue',
    body: { ...fine, encoding_format: 'hex' },
    code: 'invalid_request',
    says: 'encoding_format',
  },
  {
    what: 'tokens and text at once',
    path: '/continue',
    body: { ...fine, context: { tokens: [1], text: 'a' } },
    code: 'invalid_request',
    says: 'context: give either',
  },
  {
    what: 'neither tokens nor text',
    path: '/continue',
    body: { ...fine, context: {} },
    code: 'invalid_request',
    says: 'context: give either',
  },
  {
    what: 'an empty context',
    path: '/continue',
    body: { ...fine, context: { tokens: [] } },
    code: 'invalid_request',
    says: 'context.tokens',
  },
  {
    what: 'a token that is no integer',
    path: '/continue',
    body: { ...fine, context: { tokens: [1, 2.5] } },
    code: 'invalid_request',
    says: 'context.tokens[1]',
  },
  {
    what: 'an unknown token',
    path: '/continue',
    body: { ...fine, context: { tokens: [1, 287] } },
    code: 'unknown_token',
    says: 'context.tokens[1]: token 287',
  },
  {
    what: 'a negative token',
    path: '/score',
    body: { ...score(), context: { tokens: [-1] } },
    code: 'unknown_token',
    says: 'context.tokens[0]: token -1',
  },
  {
    what: 'an unknown token to score',
    path: '/score',
    body: { ...score(), continuation: { tokens: [0, 999] } },
    code: 'unknown_token',
    says: 'continuation.tokens[1]',
  },
  {
    what: 'nothing to score',
    path: '/score',
    body: { ...score(), continuation: { tokens: [] } },
    code: 'invalid_request',
    says: 'continuation.tokens',
  },
  {
    what: "a context past the model's",
    path: '/continue',
    body: { ...fine, context: { tokens: many(129) } },
    code: 'context_length_exceeded',
    says: "129 tokens are more than the model's 128",
  },
  {
    what: "a text past the model's context",
    path: '/continue',
    body: { ...fine, context: { text: 'x'.repeat(500) } },
    code: 'context_length_exceeded',
    says: 'context.text: 501',
  },
  {
    what: "a score past the model's context",
    path: '/score',
    body: { ...score(), context: { tokens: many(120) }, continuation: { tokens: many(10) } },
    code: 'context_length_exceeded',
    says: '120 + 9',
  },
  {
    what: 'an oversize body',
    path: '/continue',
    body: { ...fine, context: { text: 'x'.repeat(30_000) } },
    status: 413,
    code: 'payload_too_large',
    says: 'too large',
  },
  { what: 'a text that is no string', path: '/tokenize', body: { text: 5 }, code: 'invalid_request', says: 'text' },
  {
    what: 'an unknown token to detokenize',
    path: '/detokenize',
    body: { tokens: [300] },
    code: 'unknown_token',
    says: 'tokens[0]',
  },
  { what: 'malformed JSON in infer', path: '/infer', body: '{', code: 'invalid_request', says: 'JSON' },
  {
    what: 'a missing tensor',
    path: '/infer',
    body: { inputs: [] },
    code: 'invalid_tensor',
    says: 'input_ids is missing',
  },
  {
    what: 'an unknown tensor',
    path: '/infer',
    body: infer({ name: 'pixels' }),
    code: 'invalid_tensor',
    says: 'pixels',
  },
  { what: 'a wrong datatype', path: '/infer', body: infer({ datatype: 'FP32' }), code: 'invalid_tensor', says: 'FP32' },
  { what: 'a wrong rank', path: '/infer', body: infer({ shape: [2] }), code: 'invalid_tensor', says: 'shape' },
  {
    what: 'data that does not fill the shape',
    path: '/infer',
    body: infer({ shape: [1, 3] }),
    code: 'invalid_tensor',
    says: '2 values',
  },
  {
    what: 'data of another type',
    path: '/infer',
    body: infer({ data: [1, 'a'] }),
    code: 'invalid_tensor',
    says: '"a"',
  },
  {
    what: 'an unknown token in infer',
    path: '/infer',
    body: infer({ data: [1, 999] }),
    code: 'unknown_token',
    says: 'input_ids[1]',
  },
  {
    what: 'an unknown output',
    path: '/infer',
    body: { inputs: [input], outputs: [{ name: 'hidden' }] },
    code: 'invalid_tensor',
    says: 'hidden',
  },
  {
    what: 'a mask with a hole',
    path: '/infer',
    body: {
      inputs: [
        { ...input, shape: [1, 3], data: [1, 2, 3] },
        { ...input, name: 'attention_mask', shape: [1, 3], data: [1, 0, 1] },
      ],
    },
    code: 'invalid_tensor',
    says: 'attention_mask',
  },
  {
    what: 'a mask of another shape',
    path: '/infer',
    body: { inputs: [input, { ...input, name: 'attention_mask', shape: [2, 1] }] },
    code: 'invalid_tensor',
    says: 'attention_mask',
  },
  {
    what: 'an inference past the context',
    path: '/infer',
    body: infer({ shape: [1, 129], data: many(129) }),
    code: 'context_length_exceeded',
    says: '129',
  },
]

function score() {
  return { context: { tokens: [1] }, continuation: { tokens: [2] }, top_k: 1 }
}

test.each(refusals)('$what is refused by name', async ({ path, body, status = 400, code, says }) => {
  const response = await worker.post(path, body)
  const answer = (await response.json()) as { error: string; code: string }
  expect(answer).toMatchObject({ code })
  expect(answer.error).toContain(says)
  expect(response.status).toBe(status)
})

test('a binary tensor that does not fit its header is refused', async () => {
  const header = JSON.stringify({ inputs: [{ ...input, data: undefined, parameters: { binary_data_size: 16 } }] })
  const send = (body: Buffer, length: number | string) =>
    worker.post('/infer', body, {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': `${length}`,
    })
  const whole = Buffer.concat([Buffer.from(header), Buffer.from(BigInt64Array.of(1n, 2n).buffer)])
  expect((await send(whole, header.length)).status).toBe(200)
  for (const response of [
    await send(whole.subarray(0, -1), header.length),
    await send(Buffer.concat([whole, Buffer.alloc(8)]), header.length),
    await send(whole, whole.length + 1),
    await send(whole, 'many'),
  ]) {
    expect(response.status).toBe(400)
    expect(await response.json()).toHaveProperty('error')
  }
})

test('values of a tensor that are nested deeper than the stack goes are refused by name', () => {
  const service = { table: { size: 10 }, contextLength: 10 } as Service
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  const read = (rest: string) => {
    const json = `{"inputs":[{"name":"input_ids","shape":[1,1],"datatype":"INT64",${rest}}]}`
    return () => readTensorRequest(service, Buffer.from(json), null)
  }
  const refused = (param: string) => expect.objectContaining({ code: 'invalid_tensor', param })
  expect(read(`"data":[${deep}]`)).toThrow(refused('inputs[0].data'))
  const size = 'inputs[0].parameters.binary_data_size'
  expect(read(`"parameters":{"binary_data_size":${deep}}`)).toThrow(refused(size))
})

test('another model, an unknown route and another media type say so', async () => {
  const get = async (path: string) => {
    const response = await fetch(worker.url + path)
    return [response.status, ((await response.json()) as { code: string }).code]
  }
  expect(await get('/v2/models/other/ready')).toEqual([404, 'model_not_found'])
  expect(await get('/v2/models/tiny-gpt/weights')).toEqual([404, 'route_not_found'])
  expect(await get('/v3')).toEqual([404, 'route_not_found'])
  const response = await worker.post('/continue', 'context=1', { 'content-type': 'application/x-www-form-urlencoded' })
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([415, 'unsupported_media_type'])
})
