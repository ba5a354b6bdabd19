import { expect, test } from 'vitest'
import { answerTogether } from '../../src/ensemble/answer/answer.ts'
import { generateChoices } from '../../src/ensemble/choices.ts'
import { scorePrompt } from '../../src/ensemble/echo.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { type CompletionRequest, planCompletion } from '../../src/ensemble/plan.ts'
import { defineToy, type Toy } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const bytes = ['', '', 'a', 'b', 'ab'].map((text) => new TextEncoder().encode(text))
const plain = defineToy(bytes, { ends: 1, controls: 1, seed: 1, sharpness: 3 })
/** With a token that begins every text. */
const beginning: Toy = { ...plain, tokenize: (text) => [1, ...plain.tokenize(text)] }

async function promptTokens(toy: Toy, request: Partial<CompletionRequest>, granularity: 'byte' | 'token') {
  const directory = await directoryOf([new ToyMember('m', toy, { fingerprint: 'x' })], { granularity })
  const asked = { model: 'toys', prompt: '', maxTokens: 1, stop: [], diagnostics: 'none' as const, ...request }
  const operations = { generate, scorePrompt, answerTogether }
  for await (const { value } of generateChoices([planCompletion(directory, asked, 1)], 1, runOptions(), operations)) {
    if (value.kind === 'finish') return value.usage.promptTokens
  }
  throw new Error('no finish')
}

test.each([
  ['', 1, 1],
  ['ab', 1, 2],
  ['aab', 2, 3],
  [[2, 3], 2, 2],
  [[1, 2, 3], 3, 3],
])(
  'the prompt %j has %i tokens, or %i with one that begins every text, whether it is scored or gone on with',
  async (prompt, without, behind) => {
    for (const granularity of ['byte', 'token'] as const) {
      for (const [toy, count] of [
        [plain, without],
        [beginning, behind],
      ] as const) {
        expect(await promptTokens(toy, { prompt }, granularity)).toBe(count)
        expect(await promptTokens(toy, { prompt, echo: true, alternatives: 1 }, granularity)).toBe(count)
        expect(await promptTokens(toy, { prompt, echo: true, alternatives: 1, maxTokens: 0 }, granularity)).toBe(count)
      }
    }
  },
)
