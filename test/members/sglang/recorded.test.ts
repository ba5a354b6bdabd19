import { readdirSync, readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { defineSglangMember } from '../../../src/members/sglang/define-sglang-member.ts'
import { readScores, readSteps } from '../../../src/members/sglang/read-steps.ts'
import { answerSchema, modelEntry, tokensSchema } from '../../../src/members/sglang/wire-schemas.ts'
import { readEvents } from '../../../src/members/shared/event-stream.ts'
import { refusalIn } from '../../../src/members/shared/refusal.ts'
import { all, smallModel, steps } from '../../conformance/support.ts'
import { startTwin } from '../../wire/kit/twin.ts'
import { sglang } from '../../wire/sglang.ts'
import { failure, serve, signal } from '../support.ts'

const folder = new URL('./fixtures/', import.meta.url)
const textOf = (name: string) => readFileSync(new URL(`v0.5.23_${name}`, folder), 'utf8')
const recorded = (name: string) => JSON.parse(textOf(name)) as { status: number; response: unknown }
const metaOf = (value: unknown) => answerSchema.parse(value).meta_info
const shape = (topK: number) => ({ vocabularySize: 2048, topK })

const answers: Record<string, () => void> = {
  // The sampled token is none of the five.
  'generate_top5_T1.json': () => {
    const [step] = readSteps(metaOf(recorded('generate_top5_T1.json').response), 0, shape(5), 'm')
    expect(step!.token).toBe(1964)
    expect([...step!.distribution.ids]).toEqual([518, 220, 406, 1416, 2026])
    expect(step!.distribution.logProbs[0]).toBeCloseTo(-1.40683, 5)
  },
  'generate_score_mnt0.json': () => {
    const meta = metaOf(recorded('generate_score_mnt0.json').response)
    const scored = readScores(meta, Int32Array.of(68, 345), shape(2), 'm')
    expect(scored.map(({ token, distribution }) => [token, distribution.ids[0]])).toEqual([
      [68, 518],
      [345, 1040],
    ])
  },
  'generate_batch.json': () => {
    const found = (recorded('generate_batch.json').response as unknown[]).map((answer) =>
      readSteps(metaOf(answer), 0, shape(1), 'm'),
    )
    expect(found.map(([step]) => step!.token)).toEqual([1040, 186])
  },
  // A forced end has a token and a list as others have.
  'generate_eos_forced.json': () => {
    const found = readSteps(metaOf(recorded('generate_eos_forced.json').response), 0, shape(2), 'm')
    expect(found.map(({ token }) => token)).toEqual([0])
  },
  'models_served_name.json': () => {
    const { data } = z.object({ data: z.array(modelEntry).min(1) }).parse(recorded('models_served_name.json').response)
    expect(data[0]).toMatchObject({ id: 'tiny', max_model_len: 512 })
  },
  'tokenize.json': () => {
    expect(tokensSchema.parse(recorded('tokenize.json').response).tokens).toEqual([40, 817, 79])
  },
  ...Object.fromEntries(
    ['generate_stream.sse', 'generate_partial_stream.sse'].map((name) => [name, () => streamed(name)] as const),
  ),
}

const refusals: Record<string, string> = {
  'err_bad_json.json': 'JSON decode error',
  'err_unknown_sampling.json': 'unknown field `frob`',
  'err_no_input.json': 'Either text, input_ids or input_embeds',
  'err_over_context.json': 'The input (600 tokens) is longer',
  'ctx511_mnt1.json': 'exceeds the maximum allowed length (506 tokens)',
}

/** Tokens that are no whole character are steps like others. */
async function streamed(name: string) {
  async function* body() {
    yield new TextEncoder().encode(textOf(name))
  }
  const taken: number[] = []
  for await (const data of readEvents(body())) {
    if (data === '[DONE]') continue
    for (const { token } of readSteps(metaOf(JSON.parse(data)), taken.length, shape(1), 'm')) taken.push(token)
  }
  expect(taken).toEqual(name === 'generate_stream.sse' ? [518, 540, 278] : [163, 163])
}

test.each(Object.keys(answers))('%s is read', async (name) => {
  await answers[name]!()
})

test.each(Object.entries(refusals))('%s says %s', (name, words) => {
  const { status, response } = recorded(name)
  expect(status).toBe(400)
  expect(refusalIn(JSON.stringify(response)).message).toContain(words)
})

test('no recording is left unread', () => {
  const names = readdirSync(folder).flatMap((name) => (name.startsWith('v0.5.23_') ? [name.slice(8)] : []))
  expect(names.sort()).toEqual(
    [...Object.keys(answers), ...Object.keys(refusals), 'err_over_context_stream.sse'].sort(),
  )
})

test('a call that is refused under the status 200 of a stream is rejected', async () => {
  const model = smallModel()
  const { url } = await serve((request, response) => {
    const told: Record<string, unknown> = {
      '/health': {},
      '/v1/models': recorded('models_served_name.json').response,
      '/server_info': { max_req_input_len: 506, context_length: 512 },
      '/tokenize': { tokens: [...model.tokenizer.encode('The people of the state, 1984')] },
    }
    response.end(
      request.url === '/generate' ? textOf('err_over_context_stream.sse') : JSON.stringify(told[request.url!]),
    )
  })
  const member = defineSglangMember({ id: 'm', url, model: null, apiKey: null, tokenizer: model.tokenizer })
  onTestFinished(() => member.close())
  expect((await member.probe(signal)).capabilities.contextLength).toBe(505)
  const error = await failure(all(member.continue({ tokens: Int32Array.of(97) }, { maxTokens: 2, topK: 3, signal })))
  expect(error).toMatchObject({ code: 'member_rejected', message: expect.stringContaining('600 tokens') })
})

async function memberOf(tokenizer = smallModel().tokenizer) {
  const twin = await startTwin(sglang, smallModel())
  const member = defineSglangMember({ id: 'm', url: twin.url, model: null, apiKey: null, tokenizer })
  onTestFinished(async () => {
    await member.close()
    await twin.close()
  })
  return { member, twin }
}

test('what would end the server is never sent: ids and lists beyond the vocabulary', async () => {
  const { member, twin } = await memberOf()
  const size = smallModel().vocabulary.size
  const bad = { tokens: Int32Array.of(97, size) }
  await member.probe(signal)
  for (const asked of [
    all(member.continue(bad, { maxTokens: 1, topK: 3, signal })),
    member.query!([bad], { topK: 3, signal }),
    member.score!({ tokens: Int32Array.of(97) }, Int32Array.of(-1), { topK: 3, signal }),
  ])
    expect(await failure(asked)).toMatchObject({ code: 'member_rejected', member: 'm' })
  expect(twin.calls.map(({ route }) => route)).not.toContain('POST /generate')
  const [step] = await steps(member, [97], 1, size + 1_000)
  expect(step!.distribution.ids).toHaveLength(size)
  // The twin ends the connection there, as the server ends itself.
  const body = JSON.stringify({ input_ids: [size] })
  await expect(fetch(`${twin.url}/generate`, { method: 'POST', body })).rejects.toThrow('fetch failed')
})

test('the tokenizer file of another model is found out before any id of it is sent', async () => {
  const { tokenizer } = smallModel()
  const { member, twin } = await memberOf({
    ...tokenizer,
    encode: (text) => tokenizer.encode(text).map((id) => id + 1),
  })
  expect(await failure(member.probe(signal))).toMatchObject({ code: 'invalid_model', member: 'm' })
  expect(twin.calls.map(({ route }) => route)).not.toContain('POST /generate')
})
