import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'

const requestSchema = z.strictObject({
  name: z.string().min(1),
  weight: z.number().positive().default(1).describe('Its share of all requests, beside the other weights.'),
  path: z.string().startsWith('/'),
  body: z.record(z.string(), z.unknown()).describe('Sent as it is.'),
  prompts: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("They take the place of the body's `prompt`, in turn. In messages: of the last one's `content`."),
  optional: z.boolean().default(false).describe('Left out where the gateway has no such route.'),
})

const share = z.number().min(0).max(1)
const milliseconds = z.number().positive()

/** What a run must keep to; each is a limit on the figure of the same name, over all stages together. */
const thresholdsSchema = z.strictObject({
  failed_share: share.optional(),
  degraded_share: share.optional(),
  least_throughput_share: share.optional().describe('Answers a second, of the requests a second that were due.'),
  p50_ms: milliseconds.optional(),
  p95_ms: milliseconds.optional(),
  p99_ms: milliseconds.optional(),
  p999_ms: milliseconds.optional(),
  first_token_p95_ms: milliseconds.optional(),
})

const rampSchema = z
  .strictObject({
    from: z.number().positive().describe('Requests a second of the first step.'),
    factor: z.number().gt(1).default(1.5),
    seconds: z.number().positive().default(10),
    most: z.number().positive().default(10_000).describe('Requests a second at which it ends in any case.'),
    p99_ms: milliseconds.describe('A step is sustained when its p99 is not longer,'),
    failed_share: share.default(0.01).describe('not more of it has failed,'),
    least_throughput_share: share.default(0.9).describe('and so much of it was answered within its time.'),
  })
  .describe('Steps of a growing rate until one is not sustained.')

const scenarioSchema = z.strictObject({
  requests: z.array(requestSchema).min(1),
  warm_up: z.strictObject({ rate: z.number().positive(), seconds: z.number().positive() }).optional(),
  stages: z.array(z.strictObject({ rate: z.number().positive(), seconds: z.number().positive() })).min(1),
  ramp: rampSchema.optional(),
  timeout_ms: milliseconds.default(60_000).describe('A request that takes longer from when it was due has failed.'),
  thresholds: thresholdsSchema.prefault({}),
})

export type Scenario = z.infer<typeof scenarioSchema>
export type ScenarioRequest = Scenario['requests'][number]
export type Thresholds = z.infer<typeof thresholdsSchema>
export type Ramp = z.infer<typeof rampSchema>
export type Stage = Scenario['stages'][number]

/** @throws Error that names the field, for a scenario that breaks the schema. */
export function parseScenario(text: string): Scenario {
  const { success, data, error } = scenarioSchema.safeParse(parse(text))
  if (success) return data
  throw new Error(`not a scenario: ${z.prettifyError(error)}`)
}

export const readScenario = (file: string): Scenario => parseScenario(readFileSync(file, 'utf8'))

/** The body of the `turn`-th request of its kind. */
export function bodyOf({ body, prompts }: ScenarioRequest, turn: number): Record<string, unknown> {
  const prompt = prompts?.[turn % prompts.length]
  if (prompt === undefined) return body
  const { messages } = body
  if (!Array.isArray(messages)) return { ...body, prompt }
  return { ...body, messages: messages.with(-1, { ...messages.at(-1), content: prompt }) }
}
