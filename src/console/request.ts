import { type Pool, pools, type State } from './state.ts'
import { scaled, type Weights, weightOf } from './weights.ts'
import type { EnsembleView } from './wire.ts'

/** What the page asks for beyond what every gateway gives. */
export const extras = ['candidates', 'timeline'] as const
export type Extra = (typeof extras)[number]

/** How many likely symbols are shown of each decision. */
const candidates = 6

/** The ensemble that a model's name means, and the member when it means one alone. */
export function findModel(ensembles: readonly EnsembleView[], model: string) {
  const [name, memberId] = model.split('/')
  const ensemble = ensembles.find((one) => one.name === name) ?? ensembles[0]
  const member = ensemble?.members.find(({ id }) => id === memberId) ?? null
  return { ensemble: ensemble ?? null, member }
}

/** The name to ask for: that of the address where there is such a model, else the first there is. */
export function modelName(ensembles: readonly EnsembleView[], model: string): string {
  const { ensemble, member } = findModel(ensembles, model)
  if (ensemble === null) return model
  return member === null ? ensemble.name : `${ensemble.name}/${member.id}`
}

export function configuredWeights({ members }: EnsembleView): Weights {
  return scaled(Object.fromEntries(members.map(({ id, weight }) => [id, weight])))
}

/** Whether a request may set the weights. It can have none below 0, so any would turn a contrasted member into one that votes. */
export function mayWeigh({ members, per_request }: EnsembleView): boolean {
  return per_request?.includes('weights') === true && !contrasts(members)
}

/** Whether some member is contrasted: by a weight below 0. */
export function contrasts(members: EnsembleView['members']): boolean {
  return members.some(({ weight }) => weight < 0)
}

/**
 * The weights that the state asks for and a request may set; null: the ensemble's own, also where an address names none but members
 * of some other.
 */
export function askedWeights({ weights }: Pick<State, 'weights'>, ensemble: EnsembleView): Weights | 'equal' | null {
  if (weights === null || !mayWeigh(ensemble)) return null
  if (weights === 'equal') return weights
  const own = ensemble.members.map(({ id }) => [id, weightOf(weights, id)] as const)
  return own.some(([, weight]) => weight > 0) ? scaled(Object.fromEntries(own)) : null
}

/** The weights that hold for what the state asks for. */
export function weightsOf(state: Pick<State, 'weights'>, ensemble: EnsembleView): Weights {
  const asked = askedWeights(state, ensemble)
  if (asked === null) return configuredWeights(ensemble)
  return asked === 'equal' ? scaled(Object.fromEntries(ensemble.members.map(({ id }) => [id, 1]))) : asked
}

/** The pools that a request may set: with a contrasted member only the one that takes weights below 0. */
export function poolsOf({ members, per_request }: EnsembleView): readonly Pool[] {
  if (per_request?.includes('pool') !== true) return []
  return contrasts(members) ? ['log_linear'] : pools
}

/** The pool that the state asks for and a request may set; null: the ensemble's own. */
export function askedPool({ pool }: Pick<State, 'pool'>, ensemble: EnsembleView): Pool | null {
  return poolsOf(ensemble).find((one) => one === pool) ?? null
}

/** Weights as they are sent: short enough to read in a command, without members that take no part. */
function short(weights: Weights): Weights {
  const rounded = Object.entries(weights).map(([id, weight]) => [id, Math.round(weight * 1000) / 1000] as const)
  return Object.fromEntries(rounded.filter(([, weight]) => weight > 0))
}

/** The body of a streamed completion. Only what the ensemble lets a request set is set. */
export function completionBody(state: State, ensembles: readonly EnsembleView[], supported: ReadonlySet<Extra>) {
  const { ensemble, member } = findModel(ensembles, state.model)
  // Whole answers are not decided symbol by symbol.
  const fused = member !== null || ensemble?.strategy === undefined || ensemble.strategy === 'fuse'
  const whole = member === null ? ensemble : null
  const pool = whole === null ? null : askedPool(state, whole)
  return {
    model: modelName(ensembles, state.model),
    prompt: state.prompt,
    max_tokens: state.maxTokens,
    ...(state.temperature !== null && { temperature: state.temperature }),
    seed: state.seed,
    stream: true,
    ensemble: {
      diagnostics: 'steps',
      ...(fused && supported.has('candidates') && { candidates }),
      ...(fused && supported.has('timeline') && { timeline: true }),
      ...(whole !== null && askedWeights(state, whole) !== null && { weights: short(weightsOf(state, whole)) }),
      ...(pool !== null && { pool }),
    },
  }
}

export type CompletionBody = ReturnType<typeof completionBody>

/** The same for one member alone. */
export function aloneBody(body: CompletionBody, memberId: string): CompletionBody {
  const { weights: _, pool: __, timeline: ___, ...ensemble } = body.ensemble
  return { ...body, model: `${body.model.split('/')[0]}/${memberId}`, ensemble }
}

export function classifyBody(state: State, ensembles: readonly EnsembleView[]) {
  const { input, template, normalisation } = state
  return {
    model: modelName(ensembles, state.model),
    input,
    prompt: template,
    labels: state.labels.split('\n').filter((label) => label.trim() !== ''),
    normalisation,
  }
}

export function scoreBody(state: State, ensembles: readonly EnsembleView[]) {
  return { model: modelName(ensembles, state.model), texts: [state.text], segments: true }
}
