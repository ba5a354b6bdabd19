import type { Warp } from '../../core/decode/warp.ts'
import { TuttiError } from '../../errors.ts'
import type { ChatMessage } from '../../members/member.ts'
import { lacks } from '../ability.ts'
import { askedEnsemble } from '../asked-ensemble.ts'
import type { Directory } from '../directory.ts'
import type { Ensemble } from '../ensemble.ts'
import { type FollowPlan, planFollow } from '../follow-text.ts'
import { granularityOf } from '../granularity.ts'
import {
  type CompletionPlan,
  type CompletionRequest,
  type Diagnostics,
  planCompletion,
  readPromptFor,
  usualPromptParam,
} from '../plan.ts'
import { type AbsentMember, findPresent, type PlannedMember, requireQuorum } from '../present.ts'
import { noChat, type Prompt, type PromptInput } from '../prompt.ts'
import type { AnswerStrategy } from './strategy.ts'

/** A member with the way by which it writes its answers. */
export interface Author {
  readonly planned: PlannedMember
  /** The plan of the member's text alone; null: its own server writes and samples its answers. */
  readonly alone: CompletionPlan | null
}

/** Who answers, and how one of the answers is chosen: decided once, before any call. */
export interface AnswerPlan {
  readonly strategy: AnswerStrategy
  readonly ensemble: Ensemble
  readonly prompt: Prompt
  /** How errors name it. */
  readonly promptParam: string
  /** The prompt as a member alone is asked it. */
  readonly input: string | Talk
  readonly authors: readonly Author[]
  /** Members that may judge the others' answers, by `rerank`. */
  readonly scorers: readonly Scorer[]
  readonly absent: readonly AbsentMember[]
  readonly warp: Warp
  readonly seed: number
  readonly maxTokens: number
  readonly stop: readonly string[]
  readonly echo: boolean
  /** Answers have no log-probabilities. */
  readonly alternatives: null
  readonly diagnostics: Diagnostics
}

type Talk = Extract<PromptInput, { readonly messages: readonly ChatMessage[] }>

/** A member as a judge of texts. */
export interface Scorer {
  readonly planned: PlannedMember
  /** Its way along a text that is yet to be given; null for a member that can't judge any. */
  readonly plan: FollowPlan | null
  /** Why it can't. */
  readonly unable: string | null
}

/** Most tokens of an answer that no limit is asked for: more than servers are sure to grant is refused by them. */
const openEnded = 4096

/**
 * @throws TuttiError `model_not_found`, `quorum_not_met`, and `unsupported_parameter` for what whole answers can't have, or a member
 *   that can't write any.
 */
export function planAnswer(
  directory: Directory,
  request: CompletionRequest,
  strategy: AnswerStrategy,
  seed: number,
): AnswerPlan {
  const { weights: _, ...own } = request
  const { ensemble, whole } = askedEnsemble(directory, request)
  refuse(request, ensemble)
  const { present, absent } = findPresent(directory, ensemble)
  requireQuorum(
    ensemble,
    present.map(({ seat }) => seat),
    absent.map(({ seat, reason }) => `${seat.member.id}: ${reason}`),
  )
  const prompt = readPromptFor(directory, ensemble, request)
  const granularity = granularityOf(whole, directory.state)
  const input = typeof request.prompt === 'object' && 'messages' in request.prompt ? request.prompt : textOf(prompt)
  const { promptParam = usualPromptParam } = request
  const minP = request.minP ?? ensemble.sampling.minP
  const modelOf = ({ seat }: PlannedMember) => `${whole.name}/${seat.member.id}`
  const alone = (planned: PlannedMember): CompletionPlan =>
    planCompletion(directory, { ...own, prompt: input, model: modelOf(planned) }, seed)
  const scorer = (planned: PlannedMember): Scorer => {
    const unable = unableToFuse(planned)
    const asked = { model: modelOf(planned), prompt: input, promptParam, text: '', diagnostics: 'none' as const }
    return { planned, plan: unable === null ? planFollow(directory, asked) : null, unable }
  }
  const unableToFuse = ({ seat, probe }: PlannedMember) =>
    lacks(granularity, seat.member, probe) ??
    (prompt.kind === 'chat' && seat.member.chat === undefined ? 'has no chat template' : null)
  const scorers = strategy.kind === 'rerank' ? present.map(scorer) : []
  if (strategy.kind === 'rerank') requireScorers(scorers)
  return Object.freeze({
    strategy,
    ensemble,
    prompt,
    promptParam,
    input,
    authors: present.map((planned) => {
      if (prompt.kind === 'chat' && planned.seat.member.answer !== undefined && minP === 0)
        return { planned, alone: null }
      const unable = unableToFuse(planned)
      if (unable === null) return { planned, alone: alone(planned) }
      throw unableToAnswer(planned, prompt, unable)
    }),
    scorers,
    absent,
    warp: Object.freeze({
      temperature: request.temperature ?? ensemble.sampling.temperature,
      topP: request.topP ?? ensemble.sampling.topP,
      minP,
    }),
    seed,
    maxTokens: request.openEnded ? Math.min(request.maxTokens, openEnded) : request.maxTokens,
    stop: request.stop,
    echo: request.echo ?? false,
    alternatives: null,
    diagnostics: request.diagnostics,
  })
}

function textOf({ text }: Prompt): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(text)
}

/** What is of distributions, or of no answer. */
function refuse(request: CompletionRequest, { name, seats }: Ensemble): void {
  const no = (param: string, why: string) =>
    new TuttiError('unsupported_parameter', `\`${param}\`: ensemble "${name}" chooses among whole answers, ${why}`, {
      param,
    })
  const { penalties, alternatives, maxTokens, pool, timeline = false, stepCandidates = 0 } = request
  if (timeline) throw no('ensemble.timeline', 'which members write on their own')
  if (pool !== undefined) throw no('ensemble.pool', 'and fuses no distributions')
  if (stepCandidates > 0) throw no('ensemble.candidates', 'and decides no step of its own')
  if (alternatives !== undefined) throw no('logprobs', 'which have no fused log-probabilities')
  if (penalties !== undefined) {
    const { bias, frequency } = penalties
    const param = bias.size > 0 ? 'logit_bias' : frequency === 0 ? 'presence_penalty' : 'frequency_penalty'
    throw no(param, 'each in the tokens of its own author')
  }
  if (maxTokens === 0) throw no('max_tokens', 'which have at least one token')
  if (seats.some(({ weight }) => weight < 0)) {
    throw no('ensemble.strategy', 'and a member whose weight is below 0 has none to give')
  }
}

function requireScorers(scorers: readonly Scorer[]): void {
  const able = scorers.filter(({ unable }) => unable === null)
  // A member alone judges only itself, which it may not.
  if (able.length > 0 && scorers.length > 1) return
  const why = scorers.map(({ planned, unable }) => `"${planned.seat.member.id}" ${unable ?? 'would be its own judge'}`)
  throw new TuttiError(
    'unsupported_parameter',
    `\`ensemble.strategy\`: rerank needs a member that can score the texts of another: ${why.join('; ')}`,
    { param: 'ensemble.strategy' },
  )
}

function unableToAnswer({ seat }: PlannedMember, prompt: Prompt, unable: string): TuttiError {
  const { id, answer } = seat.member
  const refused = (param: string, why: string) =>
    new TuttiError('unsupported_parameter', `member "${id}" ${why}`, { param, member: id })
  if (prompt.kind !== 'chat')
    return refused('prompt', `${unable}; it answers conversations, by \`/v1/chat/completions\``)
  return answer === undefined ? noChat(id) : refused('min_p', 'has its answers sampled by its server, without min_p')
}
