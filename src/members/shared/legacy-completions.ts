import { z } from 'zod'
import { checkShape } from './check-shape.ts'
import { brokenProtocol } from './failures.ts'
import { finishedEvents } from './finished-events.ts'
import type { HttpClient } from './http-client.ts'
import { type CallOptions, tellUsage, usageSchema } from './server-usage.ts'
import type { NamedStep } from './text-steps.ts'

// `POST /v1/completions`: OpenAI's reference, "Completions (legacy)", which vLLM follows. Only what is read is checked.

const path = '/v1/completions'

/** Parallel lists, each keyed by the names of its tokens: k + 1 entries where the sampled token is none of the k likeliest. */
const logprobsSchema = z.object({
  tokens: z.array(z.string()),
  top_logprobs: z.array(z.record(z.string(), z.number().nullable()).nullable()),
})

const choiceSchema = z.object({
  index: z.int().default(0),
  finish_reason: z.string().nullish(),
  logprobs: logprobsSchema.nullish(),
})

type Choice = z.infer<typeof choiceSchema>

export const completionSchema = z.object({ usage: usageSchema, choices: z.array(choiceSchema) })

/** The steps that one choice tells of. */
export function namedSteps(lists: z.infer<typeof logprobsSchema> | null | undefined, member: string): NamedStep[] {
  if (!lists) return []
  const { tokens, top_logprobs: all } = lists
  if (tokens.length !== all.length) throw brokenProtocol(member, `${tokens.length} tokens have ${all.length} lists`)
  return tokens.map((text, i) => ({
    text,
    list: Object.entries(all[i] ?? {}).map(([key, logProb]) => ({ text: key, logProb })),
  }))
}

/** The steps of a completion, tokens by the names that the server gives them. They are streamed, but for a single one. */
export async function* streamedCompletion(
  http: HttpClient,
  member: string,
  body: { readonly max_tokens: number },
  call: CallOptions,
): AsyncGenerator<NamedStep, void> {
  if (body.max_tokens === 1) {
    yield await singleStep(http, member, body, call)
    return
  }
  const isFinish = ({ choices }: z.infer<typeof completionSchema>) => choices.some((choice) => choice.finish_reason)
  const streamed = { ...body, stream: true, stream_options: { include_usage: true } }
  const stream = { path, body: streamed, schema: completionSchema, isFinish }
  for await (const { choices, usage } of finishedEvents(http, member, stream, call.signal)) {
    tellUsage(call, usage)
    for (const { logprobs } of choices) yield* namedSteps(logprobs, member)
  }
}

/** The one step of a completion by a single token: one answer to read instead of three events. */
async function singleStep(http: HttpClient, member: string, body: object, call: CallOptions): Promise<NamedStep> {
  const { choices, usage } = checkShape(completionSchema, await http.post(path, body, call.signal), member, 'the list')
  tellUsage(call, usage)
  return firstStep(choices[0], member, 'the answer')
}

/** The first step after each of several prompts. */
export async function firstSteps(
  http: HttpClient,
  member: string,
  body: { readonly prompt: readonly unknown[] },
  call: CallOptions,
): Promise<NamedStep[]> {
  if (body.prompt.length === 0) return []
  const answer = await http.post(path, body, call.signal)
  const { choices, usage } = checkShape(completionSchema, answer, member, 'the lists')
  tellUsage(call, usage)
  return body.prompt.map((_, at) => {
    const choice = choices.find(({ index }) => index === at)
    return firstStep(choice, member, `prompt ${at} of ${body.prompt.length}`)
  })
}

/** @throws TuttiError `member_protocol`: of an end that has no list not even the probability is known. */
function firstStep(choice: Choice | undefined, member: string, what: string): NamedStep {
  const [step] = namedSteps(choice?.logprobs, member)
  if (step !== undefined) return step
  const ends = choice?.finish_reason === 'stop'
  throw brokenProtocol(member, `${what} has no list${ends ? ': the server tells an end of the text without one' : ''}`)
}
