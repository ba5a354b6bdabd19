import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { defineOipMember } from '../../../src/members/oip/define-oip-member.ts'
import { inferBody } from '../../../src/members/oip/infer-body.ts'
import { readLogits } from '../../../src/members/oip/read-logits.ts'
import { readTensor } from '../../../src/members/oip/read-tensor.ts'
import { metadataSchema } from '../../../src/members/oip/wire-schemas.ts'
import { refusalIn } from '../../../src/members/shared/refusal.ts'
import { distance, smallModel, steps } from '../../conformance/support.ts'
import { startTwin } from '../../wire/kit/twin.ts'
import { type OipManner, oip } from '../../wire/oip.ts'
import { failure, signal } from '../support.ts'

const model = smallModel()

async function memberOf(manner: OipManner, contextLength: number | null = 1_000) {
  const twin = await startTwin(oip(model, manner), model)
  const common = { id: 'm', url: twin.url, model: 'toy', apiKey: null, tokenizer: model.tokenizer }
  const member = defineOipMember({ ...common, output: 'logits', binary: true, contextLength })
  onTestFinished(async () => {
    await member.close()
    await twin.close()
  })
  return { member, twin }
}

/** Rounding of logits of about 10: 11 bits, 8 bits. */
test.each([
  ['FP64', 1e-6],
  ['FP16', 0.02],
  ['BF16', 0.15],
] as const)('logits of %s are decoded to their precision', async (datatype, precision) => {
  const { member } = await memberOf({ datatype })
  const list = await steps(member, [100, 101], 1, 9_999)
  expect(await distance(list[0]!, model, [100, 101])).toBeLessThan(precision)
})

test('a model that gives the last position alone has lists, and no scores', async () => {
  const { member } = await memberOf({ lastOnly: true })
  const [step] = await steps(member, [100, 101], 1, 5)
  expect(await distance(step!, model, [100, 101])).toBeLessThan(1e-5)
  const scored = member.score!({ tokens: Int32Array.of(1, 2) }, Int32Array.of(3, 4), { topK: 5, signal })
  expect(await failure(scored)).toMatchObject({ code: 'member_protocol', member: 'm' })
})

test('contexts of one length are one call, others go beside it', async () => {
  const { member, twin } = await memberOf({})
  await member.probe(signal)
  const before = twin.calls.length
  const contexts = [[1, 2], [3], [4, 5], [6, 7]].map((tokens) => ({ tokens: Int32Array.from(tokens) }))
  expect(await member.query!(contexts, { topK: 3, signal })).toHaveLength(4)
  expect(twin.calls.length - before).toBe(2)
})

test('a server that does not tell the context length, and a config that does not either, are refused', async () => {
  const { member } = await memberOf({}, null)
  const error = await failure(member.probe(signal))
  expect(error).toMatchObject({ code: 'invalid_config', member: 'm' })
  expect(error.message).toContain('context_length')
})

test('logits that are no numbers are no distribution', async () => {
  const { member, twin } = await memberOf({})
  await member.probe(signal)
  twin.faults = { list: (list) => list.map((entry) => ({ ...entry, logProb: Number.NaN })) }
  expect(await failure(steps(member, [100], 1))).toMatchObject({ code: 'invalid_distribution', member: 'm' })
})

test('an input that no context has is refused by name', () => {
  const inputs = [{ name: 'pixel_values', datatype: 'FP32', shape: [-1, 3] }]
  expect(() => inferBody([[1]], { inputs, output: 'logits', binary: true }, 'm')).toThrow('pixel_values')
})

const recorded = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url))
const ofGru = { width: 257, vocabularySize: 257, allIds: Int32Array.from({ length: 257 }, (_, id) => id) }

test('recorded: bytes are split from the JSON by the header of the answer, whatever its content type', () => {
  const body = recorded('kserve_infer_binary_output.bin')
  const header = (name: string) => (name === 'inference-header-content-length' ? '161' : null)
  const tensor = readTensor({ body, header }, 'logits', 'm')
  expect(tensor.shape).toEqual([1, 2, 257])
  const [along] = readLogits(tensor, { rows: 1, count: 2, topK: 300 }, ofGru, 'm')
  for (const { logProbs } of along!) {
    expect(logProbs.reduce((sum, logProb) => sum + Math.exp(logProb), 0)).toBeCloseTo(1, 4)
  }
  expect(() => readTensor({ body, header: () => null }, 'logits', 'm')).toThrow('not JSON')
})

test('recorded: states of one size are zeros, as at the start of a text', () => {
  const { inputs } = metadataSchema.parse(JSON.parse(recorded('kserve_model_metadata.json').toString()))
  const { body } = inferBody(
    [
      [256, 72],
      [256, 73],
    ],
    { inputs, output: 'logits', binary: true },
    'm',
  )
  const sizes = body.inputs.map(({ name, shape, data }) => [name, shape, data?.length])
  expect(sizes.slice(0, 4)).toEqual([
    ['input_ids', [2, 2], 4],
    ['attention_mask', [2, 2], 4],
    ['past_key_values.0.recent', [2, 3], 6],
    ['past_key_values.0.shift', [2, 256], 512],
  ])
  const halves = inputs.map((input) => (input.name.startsWith('past') ? { ...input, datatype: 'FP16' } : input))
  expect(() => inferBody([[1]], { inputs: halves, output: 'logits', binary: true }, 'm')).toThrow('FP16')
})

test('ids that a server would count from the end of its vocabulary are never sent', async () => {
  const { member, twin } = await memberOf({})
  await member.probe(signal)
  const before = twin.calls.length
  for (const id of [-1, model.vocabulary.size])
    expect(await failure(steps(member, [100, id], 1))).toMatchObject({ code: 'member_rejected', member: 'm' })
  expect(twin.calls).toHaveLength(before)
})

test('recorded: logits of two contexts in JSON, though bytes were asked for', () => {
  const answer = { body: recorded('mlserver_gru_infer_batch2.json'), header: () => null }
  const found = readLogits(readTensor(answer, 'logits', 'm'), { rows: 2, count: 1, topK: 300 }, ofGru, 'm')
  for (const [list] of found) {
    expect(list!.ids).toHaveLength(257)
    expect(list!.logProbs.reduce((sum, logProb) => sum + Math.exp(logProb), 0)).toBeCloseTo(1, 4)
  }
  expect(() => readTensor(answer, 'scores', 'm')).toThrow('no output "scores"')
})

test('recorded: metadata name the inputs and leave the outputs out', () => {
  const { inputs } = metadataSchema.parse(JSON.parse(recorded('mlserver_model_metadata.json').toString()))
  const { body } = inferBody([[7, 8]], { inputs, output: 'logits', binary: false }, 'm')
  expect(body).toEqual({
    inputs: [
      { name: 'input_ids', datatype: 'INT64', shape: [1, 2], data: [7, 8] },
      { name: 'attention_mask', datatype: 'INT64', shape: [1, 2], data: [1, 1] },
      { name: 'position_ids', datatype: 'INT64', shape: [1, 2], data: [0, 1] },
    ],
    outputs: [{ name: 'logits' }],
  })
})

test.each([
  ['mlserver_infer_unknown_model.json', 'Model nope not found'],
  ['mlserver_infer_bad_json.json', 'JSON decode error'],
  ['mlserver_infer_id_out_of_range.json', 'out of data bounds'],
  ['mlserver_infer_bad_shape.txt', 'Internal Server Error'],
  ['kserve_infer_unknown_model.json', 'nope does not exist'],
  ['kserve_infer_bad_json.json', 'JSON decode error'],
  ['kserve_infer_bad_shape.json', 'cannot reshape'],
  ['kserve_infer_id_out_of_range.json', 'out of data bounds'],
])('recorded: the words of %s are found', (name, words) => {
  expect(refusalIn(recorded(name).toString()).message).toContain(words)
})
