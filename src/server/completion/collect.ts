import type { AnswerDiagnosis } from '../../ensemble/answer/answer-diagnosis.ts'
import type { ChoiceEvent } from '../../ensemble/choices.ts'
import { seedOfChoice } from '../../ensemble/choices.ts'
import type { Diagnosis } from '../../ensemble/diagnosis.ts'
import type { FinishEvent } from '../../ensemble/generation-event.ts'
import { TuttiError } from '../../errors.ts'
import { type EnsemblePart, toEnsemblePart, toSegmentPart } from '../wire/ensemble-part.ts'
import type { LogprobEntry } from '../wire/logprobs.ts'
import { UsageSum } from '../wire/usage.ts'
import type { AnswerRequest } from './answer-request.ts'
import { entriesOf } from './entries.ts'

interface Collected {
  text: string
  readonly entries: LogprobEntry[]
  readonly segments: NonNullable<EnsemblePart['segments']>[number][]
  scoredPrompt: Diagnosis | null
  finish: FinishEvent<Diagnosis | AnswerDiagnosis> | null
}

/** All choices as one object. */
export async function collectAnswer(events: AsyncIterable<ChoiceEvent>, request: AnswerRequest): Promise<object> {
  const { shape, head, generated, answered } = request
  const choices = request.plans.flatMap(() => Array.from({ length: generated }, emptyChoice))
  const usage = new UsageSum(generated)
  for await (const { index, value } of events) {
    const choice = choices[index] as Collected
    if (value.kind === 'finish') {
      choice.finish = value
      usage.add(index, value.usage)
      continue
    }
    choice.text += value.text
    if (request.logprobs) choice.entries.push(...entriesOf(value))
    if (value.kind === 'echo') {
      choice.scoredPrompt = value.diagnosis
      continue
    }
    if (request.detailed) choice.segments.push({ text: value.text, ...toSegmentPart(value) })
  }
  const kept = request.plans.flatMap((_, prompt) => best(choices, prompt * generated, generated, answered))
  const parts = kept.map(({ choice, place }) => ensembleOf(choice, seedOfChoice(head.seed, place), request))
  return {
    id: head.id,
    object: shape.object,
    created: head.created,
    model: head.model,
    choices: kept.map(({ choice }, index) => ({
      ...toChoice(choice, index, request),
      ...(kept.length > 1 && parts[index] && { ensemble: parts[index] }),
    })),
    usage: usage.total,
    ...(kept.length === 1 && parts[0] && { ensemble: parts[0] }),
  }
}

function emptyChoice(): Collected {
  return { text: '', entries: [], segments: [], scoredPrompt: null, finish: null }
}

/** The `count` choices of a prompt with the highest mean log-probability per token, best first; all in their order. */
function best(choices: readonly Collected[], from: number, generated: number, count: number) {
  const own = choices.slice(from, from + generated).map((choice, place) => ({ choice, place }))
  if (count === generated) return own
  return own.sort((a, b) => meanLogProb(b.choice) - meanLogProb(a.choice)).slice(0, count)
}

/** Over all that was decided: by what is shown of it, a text that a stop string has cut to nothing would have cost nothing. */
function meanLogProb({ finish }: Collected): number {
  const { logProb, segments } = finish?.decided ?? { logProb: 0, segments: 0 }
  return segments === 0 ? 0 : logProb / segments
}

function finishOf({ finish }: Collected): NonNullable<Collected['finish']> {
  if (finish === null) throw new TuttiError('internal', 'a generation ended without a finish event')
  return finish
}

function toChoice(choice: Collected, index: number, { shape, logprobs }: AnswerRequest) {
  const part = { index, text: choice.text, entries: logprobs ? choice.entries : null, offset: 0 }
  return shape.whole(part, finishOf(choice).reason)
}

function ensembleOf(choice: Collected, seed: number, { detailed }: AnswerRequest): EnsemblePart | undefined {
  const part = toEnsemblePart(finishOf(choice).diagnosis, seed, choice.scoredPrompt)
  return part && { ...part, ...(detailed && { segments: choice.segments }) }
}
