import { z } from 'zod'
import type { Ensemble, MemberState, Seat } from '../../ensemble/ensemble.ts'
import { granularityOf } from '../../ensemble/granularity.ts'
import { replicasOf } from '../../ensemble/replicas-of.ts'
import { canonicalise, samples, strategyKind, utility } from './strategy.ts'

const memberView = z.object({
  id: z.string(),
  kind: z.string(),
  replica: z.string(),
  replicas: z
    .array(
      z.object({
        url: z.string(),
        status: z.enum(['up', 'down']),
        reason: z.string().nullable().describe('Why it is down.'),
        breaker: z.enum(['closed', 'open', 'half_open']),
      }),
    )
    .describe(
      'Each server of the member, and whether it is called: not while its breaker is open, nor down while another is up.',
    ),
  weight: z.number(),
  lead: z.boolean().describe('Its token borders cut the output into segments.'),
  status: z.enum(['up', 'down']),
  reason: z.string().nullable().describe('Why it is down.'),
  model: z.string().nullable().describe("The model's name as its server gives it; null before the first probe."),
  capabilities: z
    .object({
      max_top_k: z.number(),
      exact_bytes: z.boolean(),
      token_contexts: z.boolean(),
      scoring: z.enum(['none', 'chosen', 'listed']),
      streaming: z.boolean(),
      basis: z.enum(['raw', 'warped']),
      vocabulary_fingerprint: z.string().nullable(),
      context_length: z.number(),
    })
    .nullable(),
  latency: z
    .object({ median_ms: z.number(), p95_ms: z.number(), calls: z.int() })
    .nullable()
    .describe(
      'Until calls for lists and answers brought the first of them; of the last minute, and the last 1,024 calls.',
    ),
  calls_open: z.int().describe('Calls in work that bring one answer,'),
  streams_open: z.int().describe('and streams.'),
  probe: z
    .object({
      at: z.int().describe('Seconds since 1970.'),
      ok: z.boolean().describe('It can be used.'),
      notes: z
        .array(z.string())
        .readonly()
        .describe("What it can't do and what is good to know; with `ok: false` why, and what to do about it."),
    })
    .nullable()
    .describe('What the last probe has found; null before the first has ended.'),
})

/** One ensemble as `GET /v1/ensembles` shows it. */
export const ensembleView = z.object({
  name: z.string(),
  object: z.literal('ensemble'),
  ready: z.boolean().describe('The quorum is met.'),
  pool: z.string(),
  per_request: z.array(z.enum(['weights', 'pool'])).describe('What requests may set for themselves.'),
  granularity: z.enum(['byte', 'token']).describe('As it is now, where the configuration says `auto`.'),
  tau: z.number(),
  top_k: z.number(),
  quorum: z.number(),
  deadline_ms: z.number(),
  sampling: z.object({ temperature: z.number(), top_p: z.number(), min_p: z.number() }),
  strategy: strategyKind.describe('How one text is made of several when a request does not say.'),
  samples,
  canonicalise,
  utility,
  adaptive: z.enum(['none', 'bayes', 'prompt_fit']).describe('How weights follow the text.'),
  members: z.array(memberView),
})

type EnsembleView = z.infer<typeof ensembleView>

export function toEnsembleView(ensemble: Ensemble, state: (memberId: string) => MemberState): EnsembleView {
  const { sampling, strategy } = ensemble
  const members = ensemble.seats.map((seat, index) =>
    toMemberView(seat, index === ensemble.lead, state(seat.member.id)),
  )
  return {
    name: ensemble.name,
    object: 'ensemble',
    ready: members.filter(({ status }) => status === 'up').length >= ensemble.quorum,
    pool: ensemble.pool,
    per_request: [...ensemble.perRequest],
    granularity: ensemble.granularity === 'token' ? 'token' : granularityOf(ensemble, state),
    tau: ensemble.tau,
    top_k: ensemble.topK,
    quorum: ensemble.quorum,
    deadline_ms: ensemble.deadlineMs,
    sampling: { temperature: sampling.temperature, top_p: sampling.topP, min_p: sampling.minP },
    strategy: strategy.kind,
    samples: strategy.samples,
    canonicalise: strategy.canonicalise,
    utility: strategy.utility,
    adaptive: ensemble.adaptive.kind,
    members,
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}

/** A member whose calls nobody measures. */
const idle = { latency: null, callsOpen: 0, streamsOpen: 0 }

function toMemberView({ member, weight }: Seat, lead: boolean, state: MemberState): EnsembleView['members'][number] {
  const probe = state.probe()
  const reason = state.down() ?? (probe === null ? 'not probed yet' : null)
  const found = probe?.capabilities
  const { latency, callsOpen, streamsOpen } = member.traffic?.() ?? idle
  const verdict = state.verdict?.() ?? null
  return {
    id: member.id,
    kind: member.kind,
    replica: member.replica,
    replicas: replicasOf(state).map(({ url, down, breaker }) => {
      return { url, status: down === null ? 'up' : 'down', reason: down, breaker }
    }),
    weight,
    lead,
    status: reason === null ? 'up' : 'down',
    reason,
    model: probe?.model ?? null,
    capabilities: found
      ? {
          max_top_k: found.maxTopK,
          exact_bytes: found.exactBytes,
          token_contexts: found.tokenContexts,
          scoring: found.scoring,
          streaming: found.streaming,
          basis: found.basis,
          vocabulary_fingerprint: found.vocabularyFingerprint,
          context_length: found.contextLength,
        }
      : null,
    latency: latency && { median_ms: tenths(latency.medianMs), p95_ms: tenths(latency.p95Ms), calls: latency.calls },
    calls_open: callsOpen,
    streams_open: streamsOpen,
    probe: verdict && { ...verdict, at: Math.floor(verdict.at) },
  }
}
