import type { Score } from '../../core/classify/label-scores.ts'
import { type LabelNode, labelTrie } from '../../core/classify/label-trie.ts'
import { TuttiError } from '../../errors.ts'
import { inTurn } from '../in-turn.ts'
import type { MemberWalk } from '../member-walk.ts'
import type { PlannedMember } from '../present.ts'
import type { Prompt } from '../prompt.ts'
import { type RunOptions, Session } from '../session.ts'
import type { ClassifyPlan } from './plan-classify.ts'

/** A member's scores of texts after one prompt, and what they have cost. */
export interface ScoredTexts {
  readonly scores: readonly Score[]
  readonly calls: number
  readonly contexts: number
  readonly promptTokens: number
}

const greedy = { temperature: 0, topP: 1, minP: 0, seed: 0, step: 0 }
/** Branches of one place that are gone along at a time: more of them would only queue up before the member. */
const branchesAtOnce = 16
const certain: Score = { logProb: 0, low: 0, high: 0 }

/**
 * The log-probabilities that one member gives the texts of labels after a prompt, byte by byte: what texts begin with alike is
 * gone through once. The bounds are sums of those of each step.
 *
 * @throws TuttiError of the member, or of the request (status 400).
 */
export async function scoreLabels(
  { ensemble, texts }: ClassifyPlan,
  planned: PlannedMember,
  prompt: Prompt,
  options: RunOptions,
): Promise<ScoredTexts> {
  const seat = { ...planned.seat, weight: 1 }
  const alone = {
    ensemble: { ...ensemble, seats: [seat], lead: 0, quorum: 1, pool: 'linear' as const },
    granularity: 'byte' as const,
    prompt,
    present: [{ ...planned, seat }],
    absent: [],
    diagnostics: 'none' as const,
  }
  const session = new Session(alone, options, { decoding: 'stepwise', sampling: greedy })
  try {
    await session.open()
    await session.ready()
    const scores: Score[] = new Array(texts.length).fill(certain)
    await descend(session, session.lead(), { node: labelTrie(texts), score: certain }, scores)
    const { ledger } = session.lead()
    return { scores, calls: ledger.calls, contexts: ledger.fetched, promptTokens: session.promptTokens }
  } catch (error) {
    throw session.roster.lostBy(seat.member.id) ?? error
  } finally {
    session.close()
  }
}

interface Branch {
  readonly node: LabelNode
  readonly score: Score
}

/** Scores all texts that go on from a place, its branches at once. */
async function descend(session: Session, walk: MemberWalk, { node, score }: Branch, scores: Score[]): Promise<void> {
  const { probabilities, low, high } = walk.conditional()
  // Taken before any branch goes on: the arrays are used again.
  const branches = [...node.children].map(([byte, child]) => ({
    byte,
    node: child,
    score: {
      logProb: score.logProb + Math.log(probabilities[byte] as number),
      low: score.low + Math.log(low[byte] as number),
      high: score.high + Math.log(high[byte] as number),
    },
  }))
  await inTurn(branches, branchesAtOnce, async (branch) => {
    for (const end of branch.node.ends) scores[end] = branch.score
    if (branch.node.children.size === 0) return
    const forks = await session.forked([walk], branch.byte)
    if (forks === null) throw noRoom(walk.id)
    const [fork] = forks
    if (fork !== undefined) await descend(session, fork, branch, scores)
  })
}

function noRoom(member: string): TuttiError {
  return new TuttiError('context_length_exceeded', `member "${member}" has no room for prompt and label`, {
    param: 'labels',
    member,
  })
}
