import { expect, onTestFinished, test } from 'vitest'
import { classify } from '../../src/ensemble/classify/classify.ts'
import { planClassify } from '../../src/ensemble/classify/plan-classify.ts'
import { defineOpenaiMember } from '../../src/members/openai/define-openai-member.ts'
import { smallModel } from '../conformance/support.ts'
import { startTwin } from '../wire/kit/twin.ts'
import { ranked, scripted } from '../wire/kit/twin-model.ts'
import { openai } from '../wire/openai.ts'
import { directoryOf, runOptions } from './toy-member.ts'

test('a server of OpenAI’s chat classifies by its first lists; what they hide is within the bounds', async () => {
  const plain = smallModel()
  const context = plain.encode('user: Hi\n')
  const model = scripted(plain, context.length, [...plain.encode('a the b')])
  const twin = await startTwin(openai(), model)
  const common = { id: 'm', url: `${twin.url}/v1`, model: 'toy', apiKey: null, tokenizer: null, contextLength: null }
  const member = defineOpenaiMember({ ...common, api: 'chat', headers: {} })
  onTestFinished(async () => {
    await member.close()
    await twin.close()
  })
  const strategy = { kind: 'majority', samples: 1, canonicalise: 'exact', utility: 'exact' } as const
  const directory = await directoryOf([member], { strategy })
  const labels = ['a', 'b', 'the'].map((label) => ({ label }))
  const request = { model: 'toys', prompts: ['Hi'], contentFree: [], labels, diagnostics: 'summary' } as const
  const [found] = await classify(planClassify(directory, request), runOptions())
  expect(found!.members[0]).toMatchObject({ status: 'ok', scored_by: 'answer' })
  expect(found!.labels[0]!.label).toBe('a')
  const first = await ranked(model, [...context])
  const begins = (label: string) =>
    first.reduce((sum, { id, logProb }) => {
      const text = new TextDecoder().decode(model.vocabulary.bytes[id]!).trimStart()
      return text.startsWith(label) ? sum + Math.exp(logProb) : sum
    }, 0)
  const whole = begins('a') + begins('b') + begins('the')
  for (const { label, low, high } of found!.labels) {
    expect(low).toBeLessThanOrEqual(begins(label) / whole + 1e-9)
    expect(high).toBeGreaterThanOrEqual(begins(label) / whole - 1e-9)
  }
})
