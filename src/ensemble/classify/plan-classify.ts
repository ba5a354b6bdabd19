import type { Normalisation, Verbalisation } from '../../core/classify/label-scores.ts'
import { sharedBlanks } from '../../core/classify/label-trie.ts'
import { TuttiError } from '../../errors.ts'
import type { ChatMessage } from '../../members/member.ts'
import { lacks } from '../ability.ts'
import { type AskedEnsemble, askedEnsemble } from '../asked-ensemble.ts'
import type { Directory } from '../directory.ts'
import type { Ensemble } from '../ensemble.ts'
import type { Diagnostics } from '../plan.ts'
import { type AbsentMember, findPresent, type PlannedMember, requireQuorum } from '../present.ts'
import { noChat, type Prompt } from '../prompt.ts'
import {
  checkMembers,
  checkPool,
  isSame,
  type LabelPool,
  refused,
  type Stacking,
  stackingWeighs,
} from './label-pool.ts'
import { type Label, type LabelText, textsOf } from './label-texts.ts'

/** A text, or messages, that an input has been put into. */
export type ClassifyPrompt = string | readonly ChatMessage[]

export interface ClassifyRequest extends Pick<AskedEnsemble, 'model' | 'weights'> {
  /** One for each input. */
  readonly prompts: readonly ClassifyPrompt[]
  /** With inputs without content, for `contextual`. */
  readonly contentFree: readonly ClassifyPrompt[]
  /** Without any input, for `pmi`. */
  readonly domain?: ClassifyPrompt
  readonly labels: readonly Label[]
  /** Absent: as learned for these labels, else `none`. */
  readonly normalisation?: Normalisation
  /** Absent: the ensemble's. */
  readonly pool?: LabelPool
  readonly stacking?: Stacking
  /** By member id; absent: as learned for these labels. 1 for those that are not named. */
  readonly temperatures?: ReadonlyMap<string, number>
  /** Of the pooled probabilities; absent: as learned for these labels, else 1. */
  readonly poolTemperature?: number
  readonly diagnostics: Diagnostics
}

/** Who scores which texts after which prompts, and what becomes of the scores. */
export interface ClassifyPlan {
  readonly ensemble: Ensemble
  readonly present: readonly PlannedMember[]
  readonly absent: readonly AbsentMember[]
  readonly prompts: readonly Prompt[]
  readonly baselines: readonly Prompt[]
  readonly labels: readonly string[]
  /** The texts of all labels, without the blanks that all of them begin with: those end the prompts. */
  readonly texts: readonly Uint8Array[]
  readonly verbalisations: readonly Verbalisation[]
  readonly normalisation: Normalisation
  readonly pool: LabelPool
  readonly stacking: Stacking | null
  readonly temperatures: ReadonlyMap<string, number>
  readonly poolTemperature: number
  readonly diagnostics: Diagnostics
}

const encoder = new TextEncoder()

/**
 * @throws TuttiError `model_not_found`, `quorum_not_met`, or one of the request that names its field.
 */
export function planClassify(directory: Directory, request: ClassifyRequest): ClassifyPlan {
  const { model, weights } = request
  const { ensemble } = askedEnsemble(directory, { model, ...(weights && { weights }) })
  const { present, absent } = findPresent(directory, ensemble)
  const chat = request.prompts.some((prompt) => typeof prompt !== 'string')
  for (const planned of present) refuseUnable(planned, chat)
  const missing = absent.map(({ seat, reason }) => `${seat.member.id}: ${reason}`)
  const { pool, stacking, normalisation, temperatures, poolTemperature } = decidedBy(ensemble, request)
  checkMembers(ensemble, temperatures)
  if (pool === 'stacking' && weights !== undefined) throw refused('ensemble.weights', stackingWeighs)
  checkPool(ensemble, pool, stacking, request.labels)
  const baselines = baselinesOf(normalisation, request)
  requireQuorum(
    ensemble,
    present.map(({ seat }) => seat),
    missing,
  )
  const all = textsOf(request.labels)
  const blanks = sharedBlanks(all.map(({ text }) => text))
  const front = (all[0] as LabelText).text.subarray(0, blanks)
  const toPrompt = (prompt: ClassifyPrompt) => promptOf(prompt, front)
  return Object.freeze({
    ensemble,
    present,
    absent,
    prompts: request.prompts.map(toPrompt),
    baselines: baselines.map(toPrompt),
    labels: request.labels.map(({ label }) => label),
    texts: all.map(({ text }) => text.subarray(blanks)),
    verbalisations: all.map(({ label, text }) => ({ label, bytes: text.length - blanks })),
    normalisation,
    pool,
    stacking,
    temperatures,
    poolTemperature,
    diagnostics: request.diagnostics,
  })
}

/** What a request leaves open is as it was learned for its labels, where it was. */
function decidedBy(ensemble: Ensemble, request: ClassifyRequest) {
  const { seats } = ensemble
  const ids = seats.map(({ member }) => member.id)
  const found = ensemble.learnedLabels
  const asked = request.labels.map(({ label }) => label)
  const fits = found !== undefined && found.temperatures.length === ids.length && isSame(found.labels, asked)
  const learned = fits ? found : null
  const rows = learned?.coefficients ?? null
  const stacked = rows === null || learned === null ? null : { labels: learned.labels, members: ids, rows }
  const pool = request.pool ?? (stacked === null || request.stacking !== undefined ? ensemble.pool : 'stacking')
  return {
    pool,
    stacking: request.stacking ?? (pool === 'stacking' ? stacked : null),
    normalisation: request.normalisation ?? learned?.normalisation ?? 'none',
    temperatures: request.temperatures ?? new Map(learned?.temperatures.map((T, index) => [ids[index] as string, T])),
    poolTemperature: request.poolTemperature ?? learned?.poolTemperature ?? 1,
  }
}

/** @throws TuttiError where the normalisation lacks what it is to be taken off. */
function baselinesOf(
  normalisation: Normalisation,
  { domain, contentFree }: ClassifyRequest,
): readonly ClassifyPrompt[] {
  const missing = (param: string) =>
    new TuttiError('invalid_request', `\`${param}\` is needed for the normalisation \`${normalisation}\``, { param })
  if (normalisation === 'contextual') {
    if (contentFree.length === 0) throw missing('input')
    return contentFree
  }
  if (normalisation !== 'pmi') return []
  if (domain === undefined) throw missing('domain_prompt')
  return [domain]
}

/** Whether the member scores by the lists of answers, having none along given texts. */
export function answersOnly({ seat, probe }: PlannedMember): boolean {
  return lacks('byte', seat.member, probe) !== null
}

function refuseUnable(planned: PlannedMember, chat: boolean): void {
  const { member } = planned.seat
  const lack = lacks('byte', member, planned.probe)
  if (lack !== null && member.answer === undefined) {
    throw new TuttiError('unsupported_parameter', `member "${member.id}" can't score labels: it ${lack}`, {
      param: 'model',
      member: member.id,
    })
  }
  if (chat && lack === null && member.chat === undefined) throw noChat(member.id)
}

function promptOf(prompt: ClassifyPrompt, front: Uint8Array): Prompt {
  if (typeof prompt !== 'string') return chatPrompt(prompt, front)
  if (prompt === '') return { kind: 'beginning', text: front, front: new Int32Array(0) }
  return { kind: 'text', text: Uint8Array.from([...encoder.encode(prompt), ...front]) }
}

/** A last message of the assistant's is the beginning of the answer, which the labels follow. */
function chatPrompt(messages: readonly ChatMessage[], front: Uint8Array): Prompt {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return { kind: 'chat', messages, text: front }
  const text = Uint8Array.from([...encoder.encode(last.content), ...front])
  return { kind: 'chat', messages: messages.slice(0, -1), text }
}
