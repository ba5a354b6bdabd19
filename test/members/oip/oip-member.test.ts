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

const recorded = (name: string) => readFileSync(new URL(`fixtures/mlserver_${name}`, import.meta.url))

test('recorded: logits of two contexts in JSON, though bytes were asked for', () => {
  const answer = { body: recorded('gru_infer_batch2.json'), header: () => null }
  const lists = { width: 257, vocabularySize: 257, allIds: Int32Array.from({ length: 257 }, (_, id) => id) }
  const found = readLogits(readTensor(answer, 'logits', 'm'), { rows: 2, count: 1, topK: 300 }, lists, 'm')
  for (const [list] of found) {
    expect(list!.ids).toHaveLength(257)
    expect(list!.logProbs.reduce((sum, logProb) => sum + Math.exp(logProb), 0)).toBeCloseTo(1, 4)
  }
  expect(() => readTensor(answer, 'scores', 'm')).toThrow('no output "scores"')
})

test('recorded: metadata name the inputs and leave the outputs out', () => {
  const { inputs } = metadataSchema.parse(JSON.parse(recorded('model_metadata.json').toString()))
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
  ['infer_unknown_model.json', 'Model nope not found'],
  ['infer_bad_json.json', 'JSON decode error'],
  ['infer_id_out_of_range.json', 'out of data bounds'],
  ['infer_bad_shape.txt', 'Internal Server Error'],
])('recorded: the words of %s are found', (name, words) => {
  expect(refusalIn(recorded(name).toString()).message).toContain(words)
})
