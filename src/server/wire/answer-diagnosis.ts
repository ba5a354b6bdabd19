import { z } from 'zod'
import { canonicalise, samples, strategyKind, utility } from './strategy.ts'

/** Schemas of what ensemble/answer/answer-diagnosis.ts declares, for the OpenAPI document. */
const candidate = z.object({
  author: z.string().describe('Id of the member that wrote it.'),
  sample: z.int().describe("Which of its author's answers, counted from 0."),
  seed: z.int().describe('Its author sampled by this seed.'),
  text: z.string(),
  canonical: z.string().nullable().describe('What of it was compared; null: nothing was found, and it took no part.'),
  weight: z.number().describe("Its share of its author's weight."),
  votes: z.int().describe('How many candidates say the same, itself included.'),
  score: z
    .number()
    .nullable()
    .describe(
      "By `majority` the share of the votes for what it says, by `mbr` its expected utility; by `rerank` the other members' mean bits per byte, of which the lowest is best. Null: it took no part, or was held for impossible.",
    ),
  bits_per_byte: z
    .array(z.object({ member: z.string(), bits: z.number().nullable().describe('Null: impossible.') }))
    .readonly()
    .optional()
    .describe('By `rerank`: what each other member makes of it.'),
  chosen: z.boolean(),
  finish: z.enum(['stop', 'length', 'other']),
  tokens: z
    .object({ prompt: z.int(), answer: z.int() })
    .nullable()
    .describe("In its author's tokens; null where its server does not tell."),
  latency_ms: z.number(),
})

const author = z.object({
  id: z.string(),
  kind: z.string(),
  replica: z.string(),
  model: z.string(),
  status: z.enum(['ok', 'timeout', 'error', 'circuit_open', 'skipped']).describe('`ok`: all its answers came.'),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  weight: z.number().describe('As configured, or as the request sets it.'),
  effective_weight: z.number().describe('After the weights of members without an answer are shared out.'),
  answers: z.int().describe('Answers that have come.'),
  scorer: z
    .object({ status: z.enum(['ok', 'unable', 'error']), reason: z.string().optional() })
    .optional()
    .describe("By `rerank`: whether it scored the others' answers, and why not."),
})

export const answerDiagnosis = z
  .object({
    name: z.string(),
    strategy: strategyKind.exclude(['fuse']),
    samples,
    canonicalise,
    uncanonical: z.boolean().describe('Nothing to compare was found in any answer: whole texts were compared.'),
    utility: utility.optional(),
    degraded: z.boolean().describe('Not all answers and scores came that were asked for.'),
    candidates: z.array(candidate).readonly(),
    members: z.array(author).readonly(),
    usage: z
      .object({ calls: z.int(), prompt_tokens: z.int(), answer_tokens: z.int() })
      .describe("What all candidates have cost, in their authors' own tokens."),
    timings: z.object({ total_ms: z.number(), answering_ms: z.number(), judging_ms: z.number() }),
  })
  .describe('Of an answer that was chosen among whole ones.')
