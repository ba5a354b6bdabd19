import { z } from 'zod'
import { nameSchema } from './members.ts'
import { milliseconds } from './milliseconds.ts'
import { strategyFields } from './strategy.ts'

const seatSchema = z.strictObject({
  id: z.string().min(1).describe('Id of a member under `members`.'),
  weight: z
    .number()
    .optional()
    .describe(
      'Its share of the pool. Give every weight or none (none: equal shares); they are scaled to sum to 1. Below 0, in a `log_linear` pool, the member is contrasted: what it likes counts against a symbol.',
    ),
})

const samplingSchema = z
  .strictObject({
    temperature: z
      .number()
      .min(0)
      .max(2)
      .default(1)
      .describe('Of the fused byte distribution; 0 always takes the likeliest byte.'),
    top_p: z.number().gt(0).max(1).default(1).describe('Smallest set of bytes that holds this much probability.'),
    min_p: z.number().min(0).max(1).default(0).describe('Drops bytes less likely than this share of the likeliest.'),
  })
  .describe('What a request gets that says nothing about sampling.')

const ensembleSchema = z.strictObject({
  members: z.array(seatSchema).min(1).describe('Who takes part, in the order of the columns of every report.'),
  weights_file: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File that `tutti tune` wrote, in place of weights under `members`. One that was learned with other members, another vocabulary, granularity or pool is refused.',
    ),
  pool: z
    .enum(['linear', 'log_linear', 'vote'])
    .default('linear')
    .describe(
      'How distributions are fused: `linear` is the weighted average, `log_linear` the weighted product, `vote` gives each member one vote for its likeliest symbol.',
    ),
  granularity: z
    .enum(['auto', 'byte', 'token'])
    .default('auto')
    .describe(
      'The symbol that the pool works on: `byte` suits any tokenizers, `token` members of one vocabulary, `auto` is `token` where all members share one. Granularity is part of the model: the mixtures differ.',
    ),
  tau: z
    .number()
    .min(0)
    .lt(1)
    .default(0.005)
    .describe(
      "Share of a member's live mass below which another way to tokenise the text is dropped. Smaller is exacter and slower.",
    ),
  top_k: z
    .int()
    .min(1)
    .default(1_000_000)
    .describe(
      'Length of the lists asked of a member. The default exceeds every vocabulary: full lists wherever the protocol allows.',
    ),
  unlisted: z
    .enum(['spread', 'renormalise'])
    .default('spread')
    .describe(
      'What stands for the probability that a truncated list hides: `spread` evenly over the unlisted tokens, or `renormalise` without it. Bounds are the same.',
    ),
  uncertified: z
    .enum(['emit', 'longer_lists'])
    .default('emit')
    .describe(
      'A choice that what the lists hide could change is emitted as it is, or decided again with `longer_lists`, eight times as long each time, as far as members have them.',
    ),
  decoding: z
    .enum(['run_ahead', 'stepwise'])
    .default('run_ahead')
    .describe(
      'How completions are decoded: with `run_ahead` members stream their own continuations ahead of the text, with `stepwise` they are asked for each symbol when it is needed. The text is the same; `stepwise` wastes no token of a server that bills by them.',
    ),
  run_ahead_budget: z
    .int()
    .min(0)
    .optional()
    .describe(
      'Most lists that one member may fetch in vain in one request by running ahead; once they are spent it is asked step by step. Left out: no limit.',
    ),
  per_request: z
    .array(z.enum(['weights', 'pool']))
    .default([])
    .describe(
      'What requests may set for themselves in their `ensemble` object: the `weights` of the members, the `pool`. Weights that were tuned are worth keeping; leave it empty where callers should not change what they get.',
    ),
  lead: z
    .string()
    .optional()
    .describe(
      'Member whose token borders cut the output into segments, which `max_tokens` and `usage` count. Left out: the largest weight (ties: the first).',
    ),
  quorum: z.int().min(1).default(1).describe('Fewest members that an answer needs; with fewer the request fails.'),
  grace_ms: milliseconds(0)
    .optional()
    .describe(
      'Milliseconds that the others get at each step once the quorum has answered it; who has not by then is left out from that step on, and may come back at a later one. Left out: all are waited for.',
    ),
  on_member_loss: z
    .enum(['degrade', 'fail'])
    .default('degrade')
    .describe(
      'When a member fails on the way: `degrade` goes on without it while the quorum is met, and says so; `fail` ends the request with its error.',
    ),
  deadline_ms: milliseconds(1).default(60_000).describe('Milliseconds that one request may take in all.'),
  sampling: samplingSchema.prefault({}),
  ...strategyFields,
  adaptive: z
    .enum(['none', 'bayes', 'prompt_fit'])
    .default('none')
    .describe(
      'Weights that follow the text, for `strategy: fuse`: `bayes` multiplies each weight by the probability that the member gave to the output so far, `prompt_fit` by how well it foresees the prompt, which costs a call or more of each member before the first symbol.',
    ),
  adaptive_temperature: z
    .number()
    .gt(0)
    .default(0.1)
    .describe(
      'For `prompt_fit`, in bits per byte: a member that needs so many more of them for the prompt counts 2.7 times less. Small gives all to the best, large leaves the weights as they are.',
    ),
})

export const ensemblesSchema = z
  .record(nameSchema, ensembleSchema)
  .describe('Named sets of members; a request names one of them as its `model`.')
