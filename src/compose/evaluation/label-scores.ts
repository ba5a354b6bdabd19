import { lessBaseline, meanBaseline, type Score } from '../../core/classify/label-scores.ts'
import { classify } from '../../ensemble/classify/classify.ts'
import { planClassify } from '../../ensemble/classify/plan-classify.ts'
import { silentObserver } from '../../ensemble/observer.ts'
import type { OpenEnsemble } from './open-ensemble.ts'
import type { LabelRow, Question } from './read-rows.ts'

/** Score of each label, a member each, in nats: normalised, not yet a distribution. */
export type LabelScores = readonly (readonly number[])[]

/** Input that says nothing (Zhao et al. 2021), as for requests. */
const contentFree = 'N/A'

/** What stands for a probability of 0. */
const leastScore = -1e3

/** Scores labels behind prompts as `/v1/classify` does. */
export async function labelScorer(
  open: OpenEnsemble,
  question: Question,
): Promise<(row: LabelRow, signal: AbortSignal) => Promise<LabelScores>> {
  const scoresOf = (input: string, signal: AbortSignal) => scoreLabels(open, question, input, signal)
  const never = new AbortController().signal
  const base = question.normalisation === 'contextual' ? (await scoresOf(contentFree, never)).map(baseline) : null
  return async ({ input }, signal) => {
    const scores = await scoresOf(input, signal)
    const own = base === null ? scores : scores.map((score, m) => lessBaseline(score, base[m] as readonly Score[]))
    return own.map((labels) => labels.map(({ logProb }) => Math.max(leastScore, logProb)))
  }
}

function baseline(scores: readonly Score[]): Score[] {
  return meanBaseline([scores])
}

/** A member each: its scores in the order of the labels. */
async function scoreLabels(
  { directory, ensemble }: OpenEnsemble,
  { labels, texts, prompt, normalisation }: Question,
  input: string,
  signal: AbortSignal,
): Promise<Score[][]> {
  const plan = planClassify(directory, {
    model: ensemble.name,
    prompts: [prompt.replaceAll('{input}', () => input)],
    contentFree: [],
    labels: labels.map((label, index) => ({ label, verbalisations: [texts[index] as string] })),
    normalisation: normalisation === 'per_byte' ? 'per_byte' : 'none',
    // Takes every weight; what the pool makes of the scores is not looked at.
    pool: 'log_linear',
    temperatures: new Map(),
    poolTemperature: 1,
    diagnostics: 'none',
  })
  const [found] = await classify(plan, { signal, observer: silentObserver, clock: () => performance.now() })
  return ensemble.seats.map(({ member }) =>
    labels.map((label) => {
      const share = found?.labels.find((one) => one.label === label)
      const score = share?.members.find(({ id }) => id === member.id)?.score ?? Number.NEGATIVE_INFINITY
      return { logProb: score, low: score, high: score }
    }),
  )
}
