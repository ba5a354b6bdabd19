import type { State } from './state.ts'
import { scaled, type Weights } from './weights.ts'
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

/** The weights that the state asks for. */
export function weightsOf({ weights }: Pick<State, 'weights'>, ensemble: EnsembleView): Weights {
  if (weights === null) return configuredWeights(ensemble)
  return weights === 'equal' ? scaled(Object.fromEntries(ensemble.members.map(({ id }) => [id, 1]))) : weights
}

/** Weights as they are sent: those of the ensemble's members, short enough to read in a command. */
function asked(weights: Weights, ensemble: EnsembleView): Weights {
  const own = ensemble.members.map(({ id }) => [id, Math.round((weights[id] ?? 0) * 1000) / 1000] as const)
  return Object.fromEntries(own.filter(([, weight]) => weight > 0))
}

/** The body of a streamed completion. Only what the ensemble lets a request set is set. */
export function completionBody(state: State, ensembles: readonly EnsembleView[], supported: ReadonlySet<Extra>) {
  const { ensemble, member } = findModel(ensembles, state.model)
  // Whole answers are not decided symbol by symbol.
  const fused = member !== null || ensemble?.strategy === undefined || ensemble.strategy === 'fuse'
  const free = (what: string) => member === null && ensemble?.per_request?.includes(what) === true
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
      ...(ensemble !== null &&
        state.weights !== null &&
        member === null &&
        mayWeigh(ensemble) && { weights: asked(weightsOf(state, ensemble), ensemble) }),
      ...(state.pool !== null && free('pool') && { pool: state.pool }),
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
