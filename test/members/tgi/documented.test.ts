import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { defineTgiMember } from '../../../src/members/tgi/define-tgi-member.ts'
import { all, smallModel } from '../../conformance/support.ts'
import { failure, serve, signal } from '../support.ts'

const textOf = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')

/** A member whose server answers every stream with one fixture, with a tokenizer file or without. */
async function answering(name: string, withFile: boolean, info = 'info.json') {
  const { url } = await serve((request, response) => {
    if (request.url === '/health') response.end()
    else if (request.url === '/info') response.end(textOf(info))
    else if (request.url === '/tokenize') response.end('[{"id":100,"text":"d","start":0,"stop":1}]')
    else if (request.url === '/generate') {
      const error = 'Input validation error: `top_n_tokens` must be >= 0 and <= 3. Given: 260'
      response.writeHead(422).end(JSON.stringify({ error, error_type: 'validation' }))
    } else response.end(textOf(name))
  })
  const tokenizer = withFile ? smallModel().tokenizer : null
  const member = defineTgiMember({ id: 'm', url, model: null, apiKey: null, tokenizer })
  onTestFinished(() => member.close())
  return member
}

const options = { maxTokens: 8, topK: 9, signal }

test('with a tokenizer file tokens are their ids; ties lengthen a list, and what has no number is hidden', async () => {
  const member = await answering('stream.sse', true)
  const steps = await all(member.continue({ text: 'd' }, options))
  expect(steps.map(({ token, distribution: { ids } }) => [token, [...ids]])).toEqual([
    [98, [98, 97, 0xc3, 99]],
    [259, [259, 99]],
  ])
  expect(steps[0]!.distribution.smallest).toBeCloseTo(Math.exp(-3))
  expect((await member.probe(signal)).capabilities).toMatchObject({ maxTopK: 3, contextLength: 1024, exactBytes: true })
})

test('without one they are texts: a special token ends the text, and half a character is unknown mass', async () => {
  const member = await answering('stream.sse', false)
  const steps = await all(member.continueText!('d', options))
  const texts = steps.map(({ bytes, distribution }) => [
    bytes && Buffer.from(bytes).toString(),
    distribution.tokens.map((token) => Buffer.from(token).toString()),
  ])
  expect(texts).toEqual([
    ['b', ['a', 'b', 'c']],
    [null, ['c']],
  ])
  expect(steps[0]!.distribution.unlisted).toBeCloseTo(1 - Math.exp(-0.25) - Math.exp(-2) - Math.exp(-3))
  expect(steps[1]!.distribution.end).toBeCloseTo(Math.exp(-0.5))
})

test('a server that loses the blanks in front of tokens needs a tokenizer file, and is told so', async () => {
  const error = await failure(all((await answering('stream_lost_blanks.sse', false)).continueText!('d', options)))
  expect(error).toMatchObject({ code: 'member_protocol', member: 'm' })
  expect(error.message).toContain('`tokenizer:`')
  expect(await all((await answering('stream_lost_blanks.sse', true)).continue({ text: 'd' }, options))).toHaveLength(1)
})

test.each([
  ['stream_overloaded.sse', 'member_unavailable', 'overloaded'],
  ['stream_invalid.sse', 'member_rejected', 'cannot be empty'],
  ['stream_failed.sse', 'member_unavailable', 'out of memory'],
  ['stream_incomplete.sse', 'member_unavailable', 'Incomplete'],
])('%s, under status 200, is told by its code', async (name, code, says) => {
  for (const maxTokens of [1, 8]) {
    const member = await answering(name, true)
    const error = await failure(all(member.continue({ text: 'd' }, { ...options, maxTokens })))
    expect(error).toMatchObject({ code, member: 'm' })
    expect(error.message).toContain(says)
  }
})

test('older servers name their limit otherwise', async () => {
  const { capabilities } = await (await answering('stream.sse', true, 'info_1.json')).probe(signal)
  expect(capabilities.contextLength).toBe(1024)
})
