import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { defineTgiMember } from '../../../src/members/tgi/define-tgi-member.ts'
import { all, smallModel } from '../../conformance/support.ts'
import { startTwin } from '../../wire/kit/twin.ts'
import { scripted, type TwinModel, tinyModel } from '../../wire/kit/twin-model.ts'
import { tgi } from '../../wire/tgi.ts'
import { failure, signal } from '../support.ts'

let tiny: TwinModel
beforeAll(async () => {
  tiny = await tinyModel()
})

/** A member without a tokenizer file unless it is given, and its server. */
async function served(model: TwinModel, withFile = false) {
  const twin = await startTwin(tgi, model)
  const tokenizer = withFile ? model.tokenizer : null
  const member = defineTgiMember({ id: 'm', url: twin.url, model: null, apiKey: null, tokenizer })
  onTestFinished(async () => {
    await member.close()
    await twin.close()
  })
  return { member, twin }
}

test('without a tokenizer file the member has no vocabulary, and no way but texts', async () => {
  const { member } = await served(tiny)
  const { vocabulary, capabilities } = await member.probe(signal)
  expect(vocabulary).toBe(null)
  expect(capabilities).toMatchObject({
    exactBytes: false,
    tokenContexts: false,
    vocabularyFingerprint: null,
    maxTopK: 5,
  })
  const options = { maxTokens: 1, topK: 5, signal }
  expect(await failure(all(member.continue({ text: 'the' }, options)))).toMatchObject({ member: 'm' })
  expect([...(await member.tokenize('the', signal))]).toEqual([286, ...tiny.encode('the')])
  expect((await served(tiny, true)).member.continueText).toBe(undefined)
})

test('its steps spell the text that the server makes, characters whole, to the end', async () => {
  const end = 259
  const path = [97, ...Buffer.from('é😀'), 98, end]
  const { member } = await served(scripted(smallModel(), 1, path))
  const steps = await all(member.continueText!('d', { maxTokens: 20, topK: 5, signal }))
  expect(Buffer.concat(steps.map(({ bytes }) => bytes ?? Buffer.of())).toString()).toBe('aé😀b')
  expect(steps.map(({ bytes }) => bytes === null)).toEqual(path.map((token) => token === end))
})

test('a text that is too long is told apart from other refusals, with and without a file', async () => {
  for (const withFile of [true, false]) {
    const { member } = await served({ ...smallModel(), contextLength: 8 }, withFile)
    for (const maxTokens of [1, 4]) {
      const options = { maxTokens, topK: 5, signal }
      const go = (text: string) =>
        all<unknown>(withFile ? member.continue({ text }, options) : member.continueText!(text, options))
      expect(await failure(go('12345678'))).toMatchObject({ code: 'context_length_exceeded', member: 'm' })
      expect(await failure(go(''))).toMatchObject({ code: 'member_rejected', member: 'm' })
      expect(await go('1234567')).toHaveLength(1)
    }
  }
})

test('a conversation begins once, and a prefilled answer keeps its blanks', async () => {
  const { member, twin } = await served(tiny, true)
  const messages = [
    { role: 'user', content: 'Hi 日本' },
    { role: 'assistant', content: 'Once upon \n' },
  ] as const
  const context = await member.chat!(messages, signal)
  expect(context).toEqual({
    text: '<|im_start|>user\nHi 日本<|im_end|>\n<|im_start|>assistant\nOnce upon \n',
  })
  const [step] = await all(member.continue(context, { maxTokens: 1, topK: 5, signal }))
  const seen = [286, ...tiny.encode((context as { text: string }).text)]
  expect(step!.token).toBe((await tiny.logProbs(seen)).indexOf(Math.max(...(await tiny.logProbs(seen)))))
  expect(twin.calls.filter(({ route }) => route === 'POST /tokenize')).toHaveLength(1)
})

test('a model without a beginning is sent the template as it is', async () => {
  const { member } = await served(smallModel())
  expect(await member.chat!([{ role: 'user', content: 'Hi' }], signal)).toEqual({
    text: '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
  })
})
