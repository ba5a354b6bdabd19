import { expect, test } from 'vitest'
import { gather } from '../../src/ensemble/answer/gather.ts'
import { planAnswer } from '../../src/ensemble/answer/plan-answer.ts'
import { scoreCandidates } from '../../src/ensemble/answer/score-candidates.ts'
import { classify } from '../../src/ensemble/classify/classify.ts'
import { planClassify } from '../../src/ensemble/classify/plan-classify.ts'
import type { Directory } from '../../src/ensemble/directory.ts'
import { scorePrompt } from '../../src/ensemble/echo.ts'
import { planFollow } from '../../src/ensemble/follow-text.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { type CompletionRequest, planCompletion, planPredict } from '../../src/ensemble/plan.ts'
import { predict } from '../../src/ensemble/predict.ts'
import { scoreTexts } from '../../src/ensemble/score.ts'
import type { RunOptions } from '../../src/ensemble/session.ts'
import { TuttiError } from '../../src/errors.ts'
import { defineToy } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const bytes = ['', 'a', 'b', ' '].map((text) => new TextEncoder().encode(text))
const toy = defineToy(bytes, { ends: 1, controls: 0, seed: 1, sharpness: 3 })
const asked = { model: 'toys', prompt: 'ab', diagnostics: 'none' } as const
const completion: CompletionRequest = { ...asked, maxTokens: 3, stop: [], alternatives: 1 }

type Operation = (directory: Directory, options: RunOptions) => Promise<unknown>

const answerPlan = (directory: Directory, kind: 'majority' | 'rerank') => {
  const { alternatives: _, ...request } = completion
  return planAnswer(directory, request, { kind, samples: 1, canonicalise: 'exact', utility: 'chrf' }, 1)
}

const labelled = (normalisation: 'none' | 'contextual'): Operation => {
  return (directory, options) => {
    const labels = [{ label: 'a' }, { label: 'b' }]
    return classify(
      planClassify(directory, { ...asked, prompts: ['a'], contentFree: ['b'], labels, normalisation }),
      options,
    )
  }
}

const operations: Readonly<Record<string, Operation>> = {
  predict: (directory, options) => predict(planPredict(directory, { ...asked, top: 3, words: 1 }), options),
  generate: (directory, options) => generate(planCompletion(directory, completion, 1), options).next(),
  'an echoed prompt': (directory, options) => scorePrompt(planCompletion(directory, completion, 1), options),
  score: (directory, options) => {
    return scoreTexts([{ ...planFollow(directory, { ...asked, text: 'ba' }), param: 'texts[0]' }], options)
  },
  'score by segments': (directory, options) => {
    return scoreTexts([{ ...planFollow(directory, { ...asked, text: 'ba', cut: true }), param: 'texts[0]' }], options)
  },
  classify: labelled('none'),
  'classify less a baseline': labelled('contextual'),
  'whole answers': (directory, options) => gather(answerPlan(directory, 'majority'), options, 20_000),
  'answers that are scored': (directory, options) => {
    const candidates = ['m0', 'm1'].map((author) => ({ author, text: `a${author}`, form: null, weight: 1 }))
    return scoreCandidates(answerPlan(directory, 'rerank'), candidates, options, 20_000)
  },
}

const stopping = new TuttiError('stopping', 'the gateway is being stopped')

test.each(Object.entries(operations))(
  '%s: a request that is ended fails with why it was, whatever its members say of it; with client_closed when nobody says',
  async (_, operation) => {
    for (const [reason, code] of [
      [stopping, 'stopping'],
      [undefined, 'client_closed'],
    ] as const) {
      const members = ['m0', 'm1'].map((id) => new ToyMember(id, toy, { delay: () => 10_000 }))
      const ending = new AbortController()
      const failing = operation(await directoryOf(members), runOptions(ending.signal))
      setTimeout(() => ending.abort(reason), 20)
      await expect(failing).rejects.toMatchObject({ code })
    }
  },
)
