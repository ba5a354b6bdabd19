import type { Adapter } from './adapters.ts'

export const routeNames = ['predict', 'completion', 'stream', 'chat', 'majority', 'score', 'classify'] as const
export type RouteName = (typeof routeNames)[number]

/** A probability that was fused, and the members' own that it was fused from. */
export interface Part {
  readonly key: string
  readonly fused: number
  readonly shares: ReadonlyMap<string, number>
  /** The shares are of those that were there to the end, and this part may have been fused from others too. */
  readonly ofTheEnd?: true
}

/** What an answer says, as far as the laws of this suite are about it. */
export interface Told {
  readonly degraded: boolean
  /** What was written, if anything was. */
  readonly text: string
  readonly missingWeight: number | null
  readonly members: readonly {
    readonly id: string
    readonly status: string
    readonly error?: { readonly code: string; readonly message: string }
    readonly effective_weight: number
  }[]
  readonly parts: readonly Part[]
}

/** A route with a request, and how its answer is read. */
export interface Route {
  readonly path: string
  /** An answer is chosen among whole ones: nothing is fused. */
  readonly chooses?: true
  body(model: string): object
  /** @param body JSON, or the events of a stream. */
  read(body: string): Told
}

type Share = { readonly id: string; readonly probability: number }

const sharesOf = (members: readonly Share[]) => new Map(members.map(({ id, probability }) => [id, probability]))

interface Step {
  readonly symbol: number | 'end'
  readonly surprisal: number
  readonly members: readonly Share[]
}

interface Ensemble {
  readonly degraded: boolean
  readonly missing_weight?: number
  readonly members: Told['members']
}

function toldOf(ensemble: Ensemble, text: string, parts: readonly Part[]): Told {
  const { degraded, members, missing_weight: missingWeight = null } = ensemble
  return { degraded, members, missingWeight, text, parts }
}

function written(ensemble: Ensemble, text: string, steps: readonly Step[]): Told {
  const parts = steps.map(({ symbol, surprisal, members }, at) => ({
    key: `${at} ${symbol}`,
    fused: 2 ** -surprisal,
    shares: sharesOf(members),
  }))
  return toldOf(ensemble, text, parts)
}

interface Completion {
  readonly choices: readonly { readonly text?: string; readonly message?: { readonly content: string } }[]
  readonly ensemble: Ensemble & { readonly segments?: readonly { readonly steps: readonly Step[] }[] }
}

interface Chunk {
  readonly choices: readonly { readonly text: string }[]
  readonly ensemble?: Ensemble | { readonly steps: readonly Step[] }
}

interface Candidates {
  readonly candidates: readonly { readonly author: string; readonly text: string; readonly score: number | null }[]
}

const steps = { diagnostics: 'steps' }
const decoding = { temperature: 0, seed: 1, ensemble: steps }
const messages = [{ role: 'user', content: 'say the letters' }]

function readWhole(body: string): Told {
  const { choices, ensemble } = JSON.parse(body) as Completion
  const [choice] = choices
  const text = choice?.text ?? choice?.message?.content ?? ''
  return written(
    ensemble,
    text,
    (ensemble.segments ?? []).flatMap((segment) => segment.steps),
  )
}

function readStream(body: string): Told {
  const events = body.split('\n\n').flatMap((event) => (event.startsWith('data: {') ? [event.slice(6)] : []))
  const chunks = events.map((json) => JSON.parse(json) as Chunk)
  const all = chunks.flatMap(({ ensemble }) =>
    ensemble && 'steps' in ensemble && !('degraded' in ensemble) ? ensemble.steps : [],
  )
  const last = chunks.findLast(({ ensemble }) => ensemble && 'degraded' in ensemble)
  return written(last?.ensemble as Ensemble, chunks.map(({ choices }) => choices[0]?.text ?? '').join(''), all)
}

function readMajority(body: string): Told {
  const { choices, ensemble } = JSON.parse(body) as Completion
  const { candidates } = ensemble as unknown as Candidates
  // What a member wrote has no probability; its share of the votes stands for one.
  const parts = candidates.map(({ author, text, score }) => ({
    key: `${author.slice(0, 1)} ${text}`,
    fused: score ?? 0,
    shares: new Map([[author, score ?? 0]]),
  }))
  return toldOf(ensemble, choices[0]?.message?.content ?? '', parts)
}

interface Prediction {
  readonly symbols: readonly {
    readonly symbol: number | 'end'
    readonly probability: number
    readonly members: readonly Share[]
  }[]
  readonly ensemble: Ensemble
}

interface Scores {
  readonly scores: readonly {
    readonly segments: readonly {
      readonly text: string
      readonly log_prob: number
      readonly members: readonly { readonly id: string; readonly log_prob: number }[]
    }[]
    readonly ensemble: Ensemble
  }[]
}

interface Classifications {
  readonly results: readonly {
    readonly degraded: boolean
    readonly labels: readonly {
      readonly label: string
      readonly probability: number
      readonly members: readonly Share[]
    }[]
    readonly ensemble: { readonly members: Told['members'] }
  }[]
}

export const routes: Readonly<Record<RouteName, Route>> = {
  predict: {
    path: '/v1/predict',
    body: (model) => ({ model, prompt: 'the', top: 300 }),
    read(body) {
      const { symbols, ensemble } = JSON.parse(body) as Prediction
      const parts = symbols.map(({ symbol, probability, members }) => ({
        key: String(symbol),
        fused: probability,
        shares: sharesOf(members),
      }))
      return toldOf(ensemble, '', parts)
    },
  },
  completion: {
    path: '/v1/completions',
    body: (model) => ({ model, prompt: 'the', max_tokens: 8, ...decoding }),
    read: readWhole,
  },
  stream: {
    path: '/v1/completions',
    body: (model) => ({ model, prompt: 'united', max_tokens: 8, stream: true, ...decoding }),
    read: readStream,
  },
  chat: {
    path: '/v1/chat/completions',
    body: (model) => ({ model, messages, max_tokens: 6, ...decoding }),
    read: readWhole,
  },
  majority: {
    path: '/v1/chat/completions',
    chooses: true,
    body: (model) => ({
      model,
      messages,
      max_tokens: 4,
      temperature: 0,
      seed: 1,
      ensemble: { strategy: 'majority', samples: 1 },
    }),
    read: readMajority,
  },
  score: {
    path: '/v1/score',
    body: (model) => ({ model, pairs: [{ prompt: 'the', continuation: 'abcd' }], segments: true }),
    read(body) {
      const [score] = (JSON.parse(body) as Scores).scores
      const parts = score!.segments.map(({ text, log_prob, members }, at) => ({
        key: `${at} ${text}`,
        fused: Math.exp(log_prob),
        shares: new Map(members.map((member) => [member.id, Math.exp(member.log_prob)])),
        ofTheEnd: true as const,
      }))
      return toldOf(score!.ensemble, '', parts)
    },
  },
  classify: {
    path: '/v1/classify',
    body: (model) => ({ model, input: 'the', prompt: '{input}', labels: ['ab', 'ac', 'xyz'] }),
    read(body) {
      const [{ degraded, labels, ensemble }] = (JSON.parse(body) as Classifications).results as [
        Classifications['results'][0],
      ]
      const parts = labels.map(({ label, probability, members }) => ({
        key: label,
        fused: probability,
        shares: sharesOf(members),
      }))
      return toldOf({ degraded, members: ensemble.members }, '', parts)
    },
  },
}

/** Whether what the member does for a route is an answer written as a whole. */
export function answersOnly({ answers }: Adapter, route: RouteName): boolean {
  return route === 'majority' || (answers === true && route !== 'classify')
}
