import { checkShape } from '../shared/check-shape.ts'
import { brokenProtocol } from '../shared/failures.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { readEvent } from '../shared/read-event.ts'
import type { NamedStep } from '../shared/text-steps.ts'
import { completionSchema } from './wire-schemas.ts'

interface Asked {
  readonly model: string
  /** Ids or text of one context; ids of several. */
  readonly prompt: string | readonly number[] | readonly (readonly number[])[]
  readonly maxTokens: number
  readonly topK: number
}

/**
 * Every sampling field, neutral. Whether temperature warps the lists is not documented, so a single list is asked for at 1, where
 * it could not; only a path of several tokens has to be greedy.
 */
function completionBody({ model, prompt, maxTokens, topK }: Asked) {
  return {
    model,
    prompt,
    max_tokens: maxTokens,
    logprobs: topK,
    temperature: maxTokens === 1 ? 1 : 0,
    top_p: 1,
    n: 1,
    echo: false,
    presence_penalty: 0,
    frequency_penalty: 0,
  }
}

function stepsOf({ tokens, top_logprobs: lists }: LegacyLists, member: string): NamedStep[] {
  if (tokens.length !== lists.length) throw brokenProtocol(member, `${tokens.length} tokens have ${lists.length} lists`)
  return tokens.map((text, i) => ({
    text,
    list: Object.entries(lists[i] ?? {}).map(([key, logProb]) => ({ text: key, logProb })),
  }))
}

type LegacyLists = NonNullable<ReturnType<typeof completionSchema.parse>['choices'][number]['logprobs']>

/** The steps of a streamed completion. */
export async function* streamedCompletion(
  http: HttpClient,
  member: string,
  asked: Asked,
  signal: AbortSignal,
): AsyncGenerator<NamedStep, void> {
  let finished = false
  for await (const data of http.events('/v1/completions', { ...completionBody(asked), stream: true }, signal)) {
    if (data === '[DONE]') continue
    for (const { finish_reason, logprobs } of readEvent(completionSchema, data, member).choices) {
      if (finish_reason) finished = true
      if (logprobs) yield* stepsOf(logprobs, member)
    }
  }
  if (!finished) throw brokenProtocol(member, 'the stream ended without a finish')
}

/** The first step after each of several contexts. */
export async function batchedCompletions(
  http: HttpClient,
  member: string,
  asked: Omit<Asked, 'maxTokens'> & { readonly prompt: readonly (readonly number[])[] },
  signal: AbortSignal,
): Promise<NamedStep[]> {
  const answer = await http.post('/v1/completions', completionBody({ ...asked, maxTokens: 1 }), signal)
  const { choices } = checkShape(completionSchema, answer, member, 'the lists')
  return asked.prompt.map((_, index) => {
    const logprobs = choices.find((choice) => choice.index === index)?.logprobs
    const [step] = logprobs ? stepsOf(logprobs, member) : []
    if (step === undefined) throw brokenProtocol(member, `prompt ${index} of ${asked.prompt.length} has no list`)
    return step
  })
}
