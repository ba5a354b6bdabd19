import { TuttiError } from '../errors.ts'
import type { Diagnosis } from './diagnosis.ts'
import { type FollowedSymbol, fusedScore, memberScores, type SymbolScore } from './follow.ts'
import { type FollowedText, type FollowPlan, followText } from './follow-text.ts'
import { inTurn } from './in-turn.ts'
import { ofParam } from './of-param.ts'
import type { RunOptions } from './session.ts'

/** A plan with the field of the request that its text stands in. */
export interface ScorePlan extends FollowPlan {
  readonly param: string
}

export interface TextScore {
  /** Of the text: UTF-8. */
  readonly bytes: number
  /** Of all the text, by the pool and by each member that was present to its end. */
  readonly fused: SymbolScore
  readonly members: readonly (SymbolScore & { readonly id: string })[]
  /** Null unless the plan cuts the text. */
  readonly segments: readonly SegmentScore[] | null
  readonly missing: FollowedText['missing']
  readonly degraded: boolean
  readonly promptTokens: number
  readonly diagnosis: Diagnosis | null
}

/** A stretch of the text between two token borders of the lead member. */
export interface SegmentScore {
  readonly bytes: Uint8Array
  readonly logProb: number
  readonly members: readonly { readonly id: string; readonly logProb: number }[]
}

/** Texts of one request that run at a time: more of them would only queue up before the members. */
const textsAtOnce = 4

/**
 * The log-probabilities of texts, each with the ensemble's deadline to itself. When one fails, all end.
 *
 * @throws TuttiError as `followText` does, with the field of the text where that is the request's fault.
 */
export async function scoreTexts(plans: readonly ScorePlan[], options: RunOptions): Promise<TextScore[]> {
  const ended = new AbortController()
  const running = { ...options, signal: AbortSignal.any([options.signal, ended.signal]) }
  try {
    return await inTurn(plans, textsAtOnce, (plan) => scoreText(plan, running))
  } finally {
    ended.abort(new TuttiError('client_closed', 'the request has ended'))
  }
}

async function scoreText(plan: ScorePlan, options: RunOptions): Promise<TextScore> {
  const fused: SymbolScore[] = []
  const members = new Map<string, SymbolScore[]>()
  const see = (place: FollowedSymbol) => {
    fused.push(fusedScore(place))
    for (const { id, ...score } of memberScores(place)) {
      const own = members.get(id)
      if (own === undefined) members.set(id, [score])
      else own.push(score)
    }
  }
  const followed = await namedFollowing(plan, options, see)
  const { segments, present, missing, degraded, promptTokens, diagnosis } = followed
  const scoresOf = (id: string) => members.get(id) as SymbolScore[]
  return {
    bytes: plan.text.length,
    fused: summed(fused),
    members: present.map((id) => ({ id, ...summed(scoresOf(id)) })),
    segments: segments && cutScores(segments, fused, present, scoresOf),
    missing,
    degraded,
    promptTokens,
    diagnosis,
  }
}

/** Follows the text; an error that is the fault of the request names its field. */
async function namedFollowing(
  plan: ScorePlan,
  options: RunOptions,
  see: (place: FollowedSymbol) => void,
): Promise<FollowedText> {
  try {
    return await followText(plan, options, see)
  } catch (error) {
    if (!(error instanceof TuttiError) || error.status !== 400) throw error
    throw ofParam(error, plan.param)
  }
}

function summed(scores: readonly SymbolScore[]): SymbolScore {
  const sum = (key: keyof SymbolScore) => scores.reduce((total, score) => total + score[key], 0)
  return { logProb: sum('logProb'), low: sum('low'), high: sum('high') }
}

function cutScores(
  segments: NonNullable<FollowedText['segments']>,
  fused: readonly SymbolScore[],
  present: readonly string[],
  scoresOf: (id: string) => readonly SymbolScore[],
): SegmentScore[] {
  let at = 0
  return segments.map(({ bytes, symbols }) => {
    const from = at
    at += symbols
    const logProbOf = (scores: readonly SymbolScore[]) => summed(scores.slice(from, from + symbols)).logProb
    return {
      bytes,
      logProb: logProbOf(fused),
      members: present.map((id) => ({ id, logProb: logProbOf(scoresOf(id)) })),
    }
  })
}
