import type { PenaltyOptions } from '../core/decode/penalties.ts'
import type { Warp } from '../core/decode/warp.ts'
import type { Granularity } from '../core/lattice/alphabet.ts'
import type { Vocabulary } from '../core/lattice/vocabulary.ts'
import { TuttiError } from '../errors.ts'
import { lacks } from './ability.ts'
import type { AskedStrategy } from './answer/strategy.ts'
import { type AskedEnsemble, askedEnsemble } from './asked-ensemble.ts'
import type { Directory } from './directory.ts'
import type { Ensemble, Seat } from './ensemble.ts'
import { granularityOf } from './granularity.ts'
import { penaltiesOf } from './penalties-of.ts'
import { type AbsentMember, findPresent, type PlannedMember, requireQuorum } from './present.ts'
import { noChat, type Prompt, type PromptInput, readPrompt, unknownVocabulary } from './prompt.ts'

/** How errors name the prompt, unless a request says otherwise. */
export const usualPromptParam = 'prompt'

export type Diagnostics = 'none' | 'summary' | 'steps'

export interface CompletionRequest extends AskedEnsemble {
  readonly prompt: PromptInput
  /** How errors name the prompt; default `prompt`. */
  readonly promptParam?: string
  /** Answer with the prompt before the output. */
  readonly echo?: boolean
  /** How many alternatives to name for each segment; absent: none, and no log-probabilities of the prompt either. */
  readonly alternatives?: number
  /** Most segments of output. */
  readonly maxTokens: number
  /** No limit was asked for: `maxTokens` is as many as any context can have. */
  readonly openEnded?: boolean
  /** Absent: the ensemble's default. 0 is greedy. */
  readonly temperature?: number
  readonly topP?: number
  readonly minP?: number
  /** Token granularity only: at byte granularity they would count letters. The bias is of token ids. */
  readonly penalties?: PenaltyOptions
  readonly stop: readonly string[]
  /** Absent: the ensemble's. */
  readonly strategy?: AskedStrategy
  readonly diagnostics: Diagnostics
  /** How many of the likeliest symbols each step of the diagnosis names; absent: none. */
  readonly stepCandidates?: number
  /** The diagnosis says what members did, and when. */
  readonly timeline?: boolean
}

export interface PredictRequest extends AskedEnsemble {
  readonly prompt: string
  /** How many symbols to list, 1–257. */
  readonly top: number
  /** How many likely next words to find; 0 finds none. */
  readonly words: number
  readonly diagnostics: Diagnostics
}

/** Who answers a prompt: decided once, before any call. */
export interface Plan {
  readonly ensemble: Ensemble
  readonly granularity: Granularity
  readonly prompt: Prompt
  readonly present: readonly PlannedMember[]
  readonly absent: readonly AbsentMember[]
  readonly diagnostics: Diagnostics
}

export interface CompletionPlan extends Plan {
  /** How errors name the prompt. */
  readonly promptParam: string
  readonly warp: Warp
  readonly penalties: PenaltyOptions
  readonly seed: number
  readonly maxTokens: number
  readonly stop: readonly string[]
  readonly echo: boolean
  readonly alternatives: number | null
  readonly stepCandidates: number
  readonly timeline: boolean
}

export interface PredictPlan extends Plan {
  readonly top: number
  readonly words: number
}

/**
 * @throws TuttiError `model_not_found`, `quorum_not_met` when too few members can be reached; as `penaltiesOf`.
 */
export function planCompletion(directory: Directory, request: CompletionRequest, seed: number): CompletionPlan {
  const plan = planMembers(directory, request)
  const defaults = plan.ensemble.sampling
  const penalties = request.penalties === undefined ? noPenalties : penaltiesOf(plan, request.penalties)
  return Object.freeze({
    ...plan,
    promptParam: request.promptParam ?? usualPromptParam,
    warp: Object.freeze({
      temperature: request.temperature ?? defaults.temperature,
      topP: request.topP ?? defaults.topP,
      minP: request.minP ?? defaults.minP,
    }),
    penalties,
    seed,
    maxTokens: request.maxTokens,
    stop: request.stop,
    echo: request.echo ?? false,
    alternatives: request.alternatives ?? null,
    stepCandidates: request.stepCandidates ?? 0,
    timeline: request.timeline ?? false,
  })
}

const noPenalties: PenaltyOptions = Object.freeze({ frequency: 0, presence: 0, bias: new Map<number, number>() })

/** @throws TuttiError `model_not_found`, or `quorum_not_met` when too few members can be reached. */
export function planPredict(directory: Directory, request: PredictRequest): PredictPlan {
  return Object.freeze({ ...planMembers(directory, request), top: request.top, words: request.words })
}

/** @throws TuttiError as `planPredict`. */
export function planMembers(
  directory: Directory,
  request: AskedEnsemble & Pick<CompletionRequest, 'prompt' | 'promptParam' | 'diagnostics'>,
): Plan {
  const { ensemble, whole } = askedEnsemble(directory, request)
  const { present, absent } = findPresent(directory, ensemble)
  const granularity = granularityOf(whole, directory.state)
  const prompt = readPromptFor(directory, ensemble, request)
  for (const planned of present) {
    refuseUnable(ensemble, granularity, planned)
    if (prompt.kind === 'chat' && planned.seat.member.chat === undefined) throw noChat(planned.seat.member.id)
    refuseHopelessPrompt(prompt.text, planned, request.promptParam)
  }
  requireQuorum(
    ensemble,
    present.map(({ seat }) => seat),
    absent.map(({ seat, reason }) => `${seat.member.id}: ${reason}`),
  )
  return { ensemble, granularity, prompt, present, absent, diagnostics: request.diagnostics }
}

/** @throws TuttiError as `readPrompt`. */
export function readPromptFor(
  directory: Directory,
  ensemble: Ensemble,
  { prompt, promptParam = usualPromptParam }: Pick<CompletionRequest, 'prompt' | 'promptParam'>,
): Prompt {
  return readPrompt(prompt, () => leadVocabulary(directory, ensemble, promptParam), promptParam)
}

/** Where whole answers are chosen among, members need no distributions; elsewhere they do. */
function refuseUnable({ name }: Ensemble, granularity: Granularity, { seat, probe }: PlannedMember): void {
  const lack = lacks(granularity, seat.member, probe)
  if (lack === null) return
  const { id } = seat.member
  throw new TuttiError('unsupported_parameter', `"${name}" can't be fused by ${granularity}: member "${id}" ${lack}`, {
    param: 'model',
    member: id,
  })
}

/**
 * @param param that holds the token ids.
 * @throws TuttiError `member_unavailable` when the lead member has never been reached, `unsupported_parameter` when nobody knows its
 *   vocabulary.
 */
function leadVocabulary(directory: Directory, { seats, lead }: Ensemble, param: string): Vocabulary {
  const { id } = (seats[lead] as Seat).member
  const probe = directory.state(id).probe()
  if (probe === null) {
    const message = `token ids are those of member "${id}", which has not been reached yet`
    throw new TuttiError('member_unavailable', message, { member: id })
  }
  if (probe.vocabulary === null) throw unknownVocabulary(id, param)
  return probe.vocabulary
}

/** A prompt that has too many bytes for any tokenization is refused before anybody is asked to tokenize it. */
function refuseHopelessPrompt(prompt: Uint8Array, { seat, probe }: PlannedMember, param?: string): void {
  const fewest = Math.ceil(prompt.length / (probe.vocabulary?.longest ?? prompt.length + 1))
  const { contextLength } = probe.capabilities
  if (fewest > contextLength) throw promptTooLong(seat.member.id, `at least ${fewest}`, contextLength, param)
}

/** The error of a prompt that has more tokens than a member takes. */
export function promptTooLong(member: string, tokens: string, limit: number, param = usualPromptParam): TuttiError {
  return new TuttiError(
    'context_length_exceeded',
    `the prompt has ${tokens} tokens for member "${member}", which takes at most ${limit}`,
    { param, member },
  )
}
