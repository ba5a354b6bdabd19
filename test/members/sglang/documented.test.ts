import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import type { MemberStep } from '../../../src/members/member.ts'
import { defineSglangMember } from '../../../src/members/sglang/define-sglang-member.ts'
import { all, smallModel } from '../../conformance/support.ts'
import { failure, serve, signal } from '../support.ts'

const textOf = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
const context = { tokens: Int32Array.of(96, 97) }

/** A member whose server answers every call of the model with one fixture. */
async function answering(name: string, limits: object = { context_length: 32, max_req_input_len: 20 }) {
  const { url } = await serve((request, response) => {
    if (request.url === '/health') response.end()
    else if (request.url === '/v1/models') response.end('{"data":[{"id":"toy","root":"org/toy","max_model_len":32}]}')
    else if (request.url === '/get_server_info') response.end(JSON.stringify(limits))
    // As servers of before 2026.
    else if (request.url !== '/generate') response.writeHead(404).end('{"detail":"Not Found"}')
    else response.end(textOf(name))
  })
  const { tokenizer } = smallModel()
  const member = defineSglangMember({ id: 'm', url, model: 'org/toy', apiKey: null, tokenizer })
  onTestFinished(() => member.close())
  return member
}

const told = (steps: readonly MemberStep[]) =>
  steps.map(({ token, distribution: { ids, logProbs } }) => [token, [...ids], [...logProbs]])

test.each(['stream.sse', 'stream_incremental.sse', 'stream_two_tokens_an_event.sse'])(
  'events that repeat the lists before them or not tell the same steps (%s)',
  async (name) => {
    const steps = await all((await answering(name)).continue(context, { maxTokens: 2, topK: 3, signal }))
    expect(told(steps)).toEqual([
      [98, [98, 97, 99], [-0.25, -2, -3]],
      [99, [99, 100, 97], [-0.5, -1.5, -4]],
    ])
  },
)

test.each([
  ['stream_short_of_lists.sse', 'member_protocol', '3 new tokens of 3 have 2 lists'],
  ['stream_queue_full.sse', 'member_unavailable', 'queue is full'],
  ['stream_too_long.sse', 'member_rejected', 'longer than'],
])('%s is told by its code', async (name, code, says) => {
  const member = await answering(name)
  const error = await failure(all(member.continue(context, { maxTokens: 2, topK: 3, signal })))
  expect(error).toMatchObject({ code, member: 'm' })
  expect(error.message).toContain(says)
})

test('scores have the lists along the given tokens, and the tokens themselves, the last id by its own name', async () => {
  const member = await answering('score.json')
  const given = Int32Array.of(98, 259)
  expect(told(await member.score!(context, given, { topK: 3, signal }))).toEqual([
    [98, [99, 98, 97], [-0.5, -2, -3]],
    [259, [97, 98, 99, 259], [-0.1, -3, -4, -6.5]],
  ])
})

test('one answer to several contexts is against the protocol', async () => {
  const error = await failure((await answering('generate.json')).query!([context, context], { topK: 3, signal }))
  expect(error).toMatchObject({ code: 'member_protocol', member: 'm' })
})

test("the least of the model's and the scheduler's limits holds", async () => {
  const lengthOf = async (limits: object) =>
    (await (await answering('stream.sse', limits)).probe(signal)).capabilities.contextLength
  expect(await lengthOf({ context_length: 32, max_req_input_len: 20 })).toBe(19)
  expect(await lengthOf({ context_length: null })).toBe(25)
})
