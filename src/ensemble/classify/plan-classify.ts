import type { Normalisation, Verbalisation } from '../../core/classify/label-scores.ts'
import { sharedBlanks } from '../../core/classify/label-trie.ts'
import type { PoolKind } from '../../core/pool/pools.ts'
import type { StackingRows } from '../../core/pool/stacking.ts'
import { TuttiError } from '../../errors.ts'
import type { ChatMessage } from '../../members/member.ts'
import { lacks } from '../ability.ts'
import { type Directory, findEnsemble } from '../directory.ts'
import type { Ensemble } from '../ensemble.ts'
import { type AbsentMember, type Diagnostics, findPresent, type PlannedMember, requireQuorum } from '../plan.ts'
import { noChat, type Prompt } from '../prompt.ts'

export type LabelPool = PoolKind | 'stacking'

/** How a label classifier is stacked: what it was fitted for, and its coefficients. */
export interface Stacking {
  readonly labels: readonly string[]
  /** In the order of the columns. */
  readonly members: readonly string[]
  readonly rows: StackingRows
}

export interface Label {
  readonly label: string
  /** Texts that stand for it; the label itself where there are none. */
  readonly verbalisations?: readonly string[]
}

/** A text, or messages, that an input has been put into. */
export type ClassifyPrompt = string | readonly ChatMessage[]

export interface ClassifyRequest {
  readonly model: string
  /** One for each input. */
  readonly prompts: readonly ClassifyPrompt[]
  /** For `pmi` one prompt of the domain, for `contextual` those of inputs without content; else none. */
  readonly baselines: readonly ClassifyPrompt[]
  readonly labels: readonly Label[]
  readonly normalisation: Normalisation
  /** Absent: the ensemble's. */
  readonly pool?: LabelPool
  readonly stacking?: Stacking
  /** By member id; 1 for those that are not named. */
  readonly temperatures: ReadonlyMap<string, number>
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
  readonly diagnostics: Diagnostics
}

const encoder = new TextEncoder()

/**
 * @throws TuttiError `model_not_found`, `quorum_not_met`, or one of the request that names its field.
 */
export function planClassify(directory: Directory, request: ClassifyRequest): ClassifyPlan {
  const { ensemble } = findEnsemble(directory, request.model)
  const { present, absent } = findPresent(directory, ensemble)
  const chat = request.prompts.some((prompt) => typeof prompt !== 'string')
  for (const planned of present) refuseUnable(planned, chat)
  const missing = absent.map(({ seat, reason }) => `${seat.member.id}: ${reason}`)
  const pool = request.pool ?? ensemble.pool
  checkMembers(ensemble, request)
  checkPool(ensemble, pool, request)
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
    baselines: request.baselines.map(toPrompt),
    labels: request.labels.map(({ label }) => label),
    texts: all.map(({ text }) => text.subarray(blanks)),
    verbalisations: all.map(({ label, text }) => ({ label, bytes: text.length - blanks })),
    normalisation: request.normalisation,
    pool,
    stacking: request.stacking ?? null,
    temperatures: request.temperatures,
    diagnostics: request.diagnostics,
  })
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

function checkMembers({ name, seats }: Ensemble, { temperatures }: ClassifyRequest): void {
  const ids = seats.map(({ member }) => member.id)
  const unknown = [...temperatures.keys()].find((id) => !ids.includes(id))
  if (unknown === undefined) return
  const param = `temperatures.${unknown}`
  throw new TuttiError('invalid_request', `\`${param}\`: "${name}" has no such member; it has ${ids.join(', ')}`, {
    param,
  })
}

function checkPool({ name, seats }: Ensemble, pool: LabelPool, { stacking, labels }: ClassifyRequest): void {
  const refused = (param: string, why: string) => new TuttiError('invalid_request', `\`${param}\`: ${why}`, { param })
  if ((pool === 'linear' || pool === 'vote') && seats.some(({ weight }) => weight < 0)) {
    throw refused('pool', `"${name}" has weights below 0, which only \`log_linear\` can take`)
  }
  if ((pool === 'stacking') !== (stacking !== undefined)) {
    throw refused(
      'stacking',
      pool === 'stacking' ? 'the pool `stacking` needs it' : 'only the pool `stacking` takes it',
    )
  }
  if (stacking === undefined) return
  const ids = seats.map(({ member }) => member.id)
  const same = (a: readonly string[], b: readonly string[]) =>
    a.length === b.length && a.every((one, index) => one === b[index])
  if (!same(stacking.members.toSorted(), ids.toSorted())) {
    throw refused(
      'stacking.members',
      `it was fitted for ${stacking.members.join(', ')}, and "${name}" has ${ids.join(', ')}`,
    )
  }
  const asked = labels.map(({ label }) => label)
  if (!same(stacking.labels.toSorted(), asked.toSorted())) {
    throw refused('stacking.labels', `it was fitted for ${stacking.labels.join(', ')}, and not for ${asked.join(', ')}`)
  }
  const width = 1 + stacking.members.length * stacking.labels.length
  if (stacking.rows.length !== stacking.labels.length || stacking.rows.some(({ length }) => length !== width)) {
    throw refused('stacking.coefficients', `there must be ${stacking.labels.length} rows of ${width} numbers`)
  }
}

interface LabelText {
  readonly label: number
  readonly text: Uint8Array
}

/** @throws TuttiError for two labels of one name or text. */
function textsOf(labels: readonly Label[]): LabelText[] {
  const names = new Set<string>()
  const seen = new Set<string>()
  return labels.flatMap(({ label: name, verbalisations = [name] }, label) => {
    const param = `labels[${label}]`
    if (names.has(name)) throw twice(param, name)
    names.add(name)
    return verbalisations.map((text) => {
      if (seen.has(text)) throw twice(param, text)
      seen.add(text)
      return { label, text: encoder.encode(text) }
    })
  })
}

function twice(param: string, text: string): TuttiError {
  return new TuttiError('invalid_request', `\`${param}\`: "${text}" is there twice`, { param })
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
