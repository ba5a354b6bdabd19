import { expect, test } from 'vitest'
import { gather } from '../../src/ensemble/answer/gather.ts'
import { planAnswer } from '../../src/ensemble/answer/plan-answer.ts'
import { scorePrompt } from '../../src/ensemble/echo.ts'
import type { Ensemble } from '../../src/ensemble/ensemble.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { type CompletionRequest, planCompletion, planPredict } from '../../src/ensemble/plan.ts'
import { predict } from '../../src/ensemble/predict.ts'
import { TuttiError } from '../../src/errors.ts'
import type { ByteStep } from '../../src/members/member.ts'
import { defineToy } from '../core/lattice/toy.ts'
import { LatticeMember } from './lockstep/lattice-member.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const bytes = ['', 'a', 'b', 'ab'].map((text) => new TextEncoder().encode(text))
const toy = defineToy(bytes, { ends: 1, controls: 0, seed: 1, sharpness: 3 })
const asked: CompletionRequest = { model: 'toys', prompt: 'bbbbbb', maxTokens: 3, stop: [], diagnostics: 'none' }
const small = { contextLength: 4 }

/** Its server refuses at once, in its own words, and tokenizes later. */
class Refusing extends LatticeMember {
  // biome-ignore lint/correctness/useYield: it refuses before its first step.
  override async *bytes(): AsyncGenerator<ByteStep, void> {
    throw new TuttiError('context_length_exceeded', `${this.id} answered 400: prompt: too long`, { member: this.id })
  }
}

const members = {
  'run_ahead, a server that runs the lattice': () => new Refusing('m', toy, { ...small, delay: () => 5 }),
  'run_ahead, lists': () => new ToyMember('m', toy, small),
  stepwise: () => new ToyMember('m', toy, small),
}
const cases = Object.entries(members).flatMap(([name, make]) =>
  ['prompt', 'prompt[1]', 'messages'].map((param) => [name, param, make] as const),
)

test.each(cases)('%s: a prompt that is too long is refused by its field, %s', async (name, promptParam, make) => {
  const decoding: Ensemble['decoding'] = name === 'stepwise' ? 'stepwise' : 'run_ahead'
  const directory = await directoryOf([make()], { decoding, tau: 5e-3 })
  const refusal = { code: 'context_length_exceeded', status: 400, param: promptParam, member: 'm' }
  const message = 'the prompt has 6 tokens for member "m", which takes at most 4'
  const request = { ...asked, promptParam }
  const completion = generate(planCompletion(directory, request, 1), runOptions()).next()
  await expect(completion).rejects.toMatchObject({ ...refusal, message })
  const echoed = scorePrompt(planCompletion(directory, { ...request, alternatives: 0, echo: true }, 1), runOptions())
  await expect(echoed).rejects.toMatchObject(refusal)
  const hopeless = () => planCompletion(directory, { ...request, prompt: 'a'.repeat(20) }, 1)
  expect(hopeless).toThrow(expect.objectContaining({ code: 'context_length_exceeded', param: promptParam }))
  const strategy = { kind: 'majority', samples: 1, canonicalise: 'exact', utility: 'exact' } as const
  const answers = gather(planAnswer(directory, request, strategy, 1), runOptions(), 20_000)
  await expect(answers).rejects.toMatchObject({ ...refusal, message })
  const prediction = predict(planPredict(directory, { ...asked, prompt: 'bbbbbb', top: 3, words: 0 }), runOptions())
  await expect(prediction).rejects.toMatchObject({ ...refusal, param: 'prompt', message })
})
