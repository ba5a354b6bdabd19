import { Writable } from 'node:stream'
import type { LimitsConfig } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { defineVocabulary } from '../../src/core/lattice/vocabulary.ts'
import { answerTogether } from '../../src/ensemble/answer/answer.ts'
import type { Classification } from '../../src/ensemble/classify/classify.ts'
import type { ClassifyPlan } from '../../src/ensemble/classify/plan-classify.ts'
import type { Diagnosis, MemberDiagnosis, StepDiagnosis } from '../../src/ensemble/diagnosis.ts'
import type { Directory } from '../../src/ensemble/directory.ts'
import type { ScoredPrompt } from '../../src/ensemble/echo.ts'
import type { Ensemble } from '../../src/ensemble/ensemble.ts'
import type { GenerationEvent } from '../../src/ensemble/generation-event.ts'
import type { CompletionPlan } from '../../src/ensemble/plan.ts'
import type { Prediction } from '../../src/ensemble/predict.ts'
import type { ScorePlan, TextScore } from '../../src/ensemble/score.ts'
import type { RunOptions } from '../../src/ensemble/session.ts'
import type { Member, Probe } from '../../src/members/member.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { createMetrics } from '../../src/observability/metrics.ts'
import { defineGate } from '../../src/server/admission/gate.ts'
import type { App } from '../../src/server/app.ts'
import { buildServer } from '../../src/server/build-server.ts'
import type { Dependencies } from '../../src/server/dependencies.ts'
import { defineRunning } from '../../src/server/running.ts'
import type { Settings } from '../../src/server/settings.ts'

/** A member that exists but is never called: the seam of these tests is generate and predict. */
function fakeMember(id: string): Member {
  const never = () => {
    throw new Error('a fake member is never called')
  }
  return {
    id,
    kind: 'onnx',
    replica: `http://${id}:8000`,
    continue: never,
    tokenize: never,
    probe: never,
    close: async () => {},
  }
}

const fakeProbe: Probe = {
  model: 'fake',
  vocabulary: defineVocabulary({
    bytes: [...Array(256).keys()].map((byte) => Uint8Array.of(byte)),
    end: [],
    control: [],
  }),
  capabilities: {
    maxTopK: 256,
    exactBytes: true,
    tokenContexts: true,
    scoring: 'listed',
    streaming: true,
    basis: 'raw',
    vocabularyFingerprint: null,
    contextLength: 512,
  },
}

const ensemble: Ensemble = {
  name: 'tutti',
  seats: [
    { member: fakeMember('a'), weight: 0.75 },
    { member: fakeMember('b'), weight: 0.25 },
  ],
  lead: 0,
  pool: 'linear',
  perRequest: ['weights', 'pool'],
  granularity: 'byte',
  tau: 0.005,
  topK: 1000,
  unlisted: 'spread',
  uncertified: 'emit',
  decoding: 'stepwise',
  runAheadBudget: null,
  quorum: 1,
  graceMs: null,
  onMemberLoss: 'degrade',
  deadlineMs: 1000,
  sampling: { temperature: 1, topP: 1, minP: 0 },
  strategy: { kind: 'fuse', samples: 1, canonicalise: 'exact', utility: 'exact' },
  adaptive: { kind: 'none' },
}

/** A directory of one ensemble of two members; `down` gives reasons by member id, `chat` says who has a template. */
export function fakeDirectory(down: Readonly<Record<string, string>> = {}, chat: readonly string[] = []): Directory {
  const seats = ensemble.seats.map(({ member, weight }) => ({
    weight,
    member: { ...member, ...(chat.includes(member.id) && { chat: async () => ({ tokens: Int32Array.of(1) }) }) },
  }))
  const members = new Map(seats.map(({ member }) => [member.id, member]))
  return {
    ensembles: new Map([['tutti', { ...ensemble, seats }]]),
    state: (id) => ({ member: members.get(id)!, probe: () => fakeProbe, down: () => down[id] ?? null }),
  }
}

function memberDiagnosis(id: string, weight: number): MemberDiagnosis {
  return {
    id,
    kind: 'onnx',
    replica: `http://${id}:8000`,
    model: 'fake',
    status: 'ok',
    weight,
    effective_weight: weight,
    latency_ms: { total: 5, first_token: 2 },
    calls: 1,
    contexts: 2,
    revivals: 0,
    tokens: { prompt: 3, listed: 512, used: 2, wasted: 0 },
    bits_per_byte: 1.5,
    agreement: 0.5,
    mean_entropy: 2,
    mean_kl_to_ensemble: 0.1,
    mean_responsibility: weight,
    mean_excluded_mass: 0,
    boundary_bias: false,
    pivotal_steps: 0,
  }
}

export const fakeDiagnosis: Diagnosis = {
  name: 'tutti',
  pool: 'linear',
  granularity: 'byte',
  degraded: false,
  steps: 4,
  certified_steps: 4,
  waves: 4,
  acceptance: 0.75,
  missing_mass_mean: 0,
  missing_mass_max: 0,
  pruned_mass: 0,
  error_bound_tv: 0,
  usage: { calls: 2, prompt_tokens: 6, contexts: 4, listed: 1024, wasted: 0 },
  members: [memberDiagnosis('a', 0.75), memberDiagnosis('b', 0.25)],
  timings: { total_ms: 5, waiting_ms: 4, fusing_ms: 1 },
}

const fakeStep: StepDiagnosis = {
  symbol: 104,
  surprisal: 1,
  entropy: 2,
  entropy_low: 2,
  entropy_high: 2,
  jensen_shannon: 0.5,
  certified: true,
  missing_mass: 0,
  members: [
    { id: 'a', probability: 0.5, entropy: 1, unlisted: 0, kl_to_ensemble: 0.1, responsibility: 0.75, pivotal: false },
  ],
}

/** Says " hello", then " world", carried by a and b. */
export async function* fakeGenerate(plan: CompletionPlan, _options: RunOptions): AsyncGenerator<GenerationEvent, void> {
  const steps = plan.diagnostics === 'steps' ? [fakeStep] : []
  yield { kind: 'segment', text: ' hello', logProb: -1, candidates: [], carrier: 'a', steps }
  yield { kind: 'segment', text: ' wörld', logProb: -1, candidates: [], carrier: 'b', steps }
  const diagnosis = plan.diagnostics === 'none' ? null : fakeDiagnosis
  yield { kind: 'finish', reason: 'length', usage: { promptTokens: 3, completionTokens: 2 }, diagnosis }
}

/** "well,", in two segments. */
const fakeScores: ScoredPrompt = {
  segments: [
    { bytes: bytesOf('well'), logProb: null, candidates: [] },
    { bytes: bytesOf(','), logProb: -2, candidates: [{ bytes: bytesOf(','), logProb: -2 }] },
  ],
  promptTokens: 3,
  diagnosis: fakeDiagnosis,
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

const symbol = { symbol: 32, text: ' ', probability: 0.6, low: 0.6, high: 0.6 }
export const fakePrediction: Prediction = {
  symbols: [
    {
      ...symbol,
      members: [
        { id: 'a', probability: 0.7 },
        { id: 'b', probability: 0.3 },
      ],
    },
    {
      ...symbol,
      symbol: 'end',
      text: null,
      probability: 0.1,
      members: [
        { id: 'a', probability: 0.1 },
        { id: 'b', probability: 0.1 },
      ],
    },
  ],
  words: [
    {
      text: ' union',
      probability: 0.4,
      members: [
        { id: 'a', probability: 0.5 },
        { id: 'b', probability: 0.1 },
      ],
    },
  ],
  entropy: 1.2,
  certified: true,
  members: [
    { id: 'a', entropy: 1, symbols: [symbol] },
    { id: 'b', entropy: 2, symbols: [symbol] },
  ],
  usage: { promptTokens: 3 },
  diagnosis: fakeDiagnosis,
}

/** The first label has twice the probability of each other. */
function fakeClassification({ labels, present }: ClassifyPlan): Classification {
  const shares = labels.map((label, index) => {
    const probability = (index === 0 ? 2 : 1) / (labels.length + 1)
    const share = { probability, low: probability / 2, high: Math.min(1, 2 * probability) }
    const score = index === 0 ? -1 : Number.NEGATIVE_INFINITY
    return { label, ...share, members: present.map(({ seat }) => ({ id: seat.member.id, ...share, score })) }
  })
  const members = present.map(({ seat }) => ({
    id: seat.member.id,
    kind: 'onnx',
    model: 'fake',
    status: 'ok' as const,
    weight: seat.weight,
    effective_weight: seat.weight,
    scored_by: 'lists' as const,
    temperature: 1,
    calls: 1,
    contexts: 2,
  }))
  return { labels: shares, certain: false, degraded: false, promptTokens: 3, members }
}

/** Half a nat a byte for the ensemble. */
function fakeTextScore(plan: ScorePlan): TextScore {
  const bytes = plan.text.length
  const scored = (nats: number) => ({ logProb: -nats * bytes, low: -2 * nats * bytes, high: 0 })
  return {
    bytes,
    fused: scored(0.5),
    members: [
      { id: 'a', ...scored(0.4) },
      { id: 'b', ...scored(1) },
    ],
    segments: plan.cut
      ? [{ bytes: plan.text, logProb: -bytes / 2, members: [{ id: 'a', logProb: Number.NEGATIVE_INFINITY }] }]
      : null,
    missing: { mean: 0.1, most: 0.2 },
    degraded: false,
    promptTokens: plan.prompt.text.length,
    diagnosis: plan.diagnostics === 'none' ? null : fakeDiagnosis,
  }
}

export interface FakeServer {
  readonly app: App
  /** Everything logged so far. */
  readonly log: string[]
}

/** The limits that a configuration has which gives none. */
export const usualLimits = limitsOf()

function limitsOf(): LimitsConfig {
  const text = 'members: { a: { kind: onnx, url: "http://a" } }\nensembles: { e: { members: [{ id: a }] } }'
  return parseConfig(text, { file: 'fake.yaml', folder: '/', env: {} }).server.limits
}

/** A fresh application over the fakes, logging at `debug` into an array. */
export async function fakeServer({
  directory = fakeDirectory(),
  keys = [],
  metricsReaders = 'key',
  limits = usualLimits,
  ...overrides
}: Partial<Dependencies & Settings> = {}): Promise<FakeServer> {
  const log: string[] = []
  const sink = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      log.push(line)
      done()
    },
  })
  const gate = defineGate()
  const metrics = createMetrics('0.0.0', () => ({ load: gate.load, members: new Map(), redisUp: null }))
  let ids = 0
  const app = await buildServer({
    takeSettings: () => ({ directory, keys, metricsReaders, limits, release() {} }),
    running: defineRunning(),
    gate,
    sharedCounters: null,
    generate: fakeGenerate,
    answerTogether,
    predict: async () => fakePrediction,
    scorePrompt: async () => fakeScores,
    classify: async (plan) => plan.prompts.map(() => fakeClassification(plan)),
    scoreTexts: async (plans) => plans.map(fakeTextScore),
    observer: metrics,
    startTrace: null,
    metrics: () => metrics.page(),
    logger: createLogger('debug', sink),
    clock: () => performance.now(),
    now: () => 1_700_000_000,
    randomSeed: () => 4242,
    newId: () => String(++ids),
    keepAliveMs: 5_000,
    version: '0.0.0',
    console: true,
    bodyLimitBytes: 2048,
    logContent: false,
    receiveMs: 30_000,
    ...overrides,
  })
  return { app, log }
}
