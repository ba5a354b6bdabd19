import type { StepDiagnosis } from '../../ensemble/diagnosis.ts'
import type { GenerationEvent } from '../../ensemble/generation-event.ts'
import { TuttiError } from '../../errors.ts'
import { type Completion, toUsage } from '../wire/completion.ts'
import type { AnswerHead } from './stream.ts'

/** The whole completion as one object; `detailed` adds its segments to the diagnosis. */
export async function collectCompletion(
  events: AsyncIterable<GenerationEvent>,
  head: AnswerHead,
  detailed: boolean,
): Promise<Completion> {
  let text = ''
  const segments: { text: string; carrier: string; steps: readonly StepDiagnosis[] }[] = []
  for await (const event of events) {
    if (event.kind === 'segment') {
      text += event.text
      if (detailed) segments.push({ text: event.text, carrier: event.carrier, steps: event.steps })
      continue
    }
    return {
      id: head.id,
      object: 'text_completion',
      created: head.created,
      model: head.model,
      choices: [{ index: 0, text, logprobs: null, finish_reason: event.reason }],
      usage: toUsage(event.usage),
      ...(event.diagnosis && { ensemble: { ...event.diagnosis, seed: head.seed, ...(detailed && { segments }) } }),
    }
  }
  throw new TuttiError('internal', 'the generation ended without a finish event')
}
