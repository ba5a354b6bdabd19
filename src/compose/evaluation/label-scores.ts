import { memberScores } from '../../ensemble/follow.ts'
import { followRow } from './follow-row.ts'
import type { OpenEnsemble } from './open-ensemble.ts'
import type { LabelRow, Question } from './read-rows.ts'

/** Score of each label, a member each, in nats: normalised, not yet a distribution. */
export type LabelScores = readonly (readonly number[])[]

/** Input that says nothing (Zhao et al. 2021). */
const contentFree = 'N/A'

/** What stands for a probability of 0. */
const leastScore = -1e3

/** Reads labels behind prompts: ln P(text of the label | prompt), less what the normalisation takes away. */
export async function labelScorer(
  open: OpenEnsemble,
  question: Question,
): Promise<(row: LabelRow, signal: AbortSignal) => Promise<LabelScores>> {
  const { normalisation, prompt, texts } = question
  const scoresOf = (input: string, signal: AbortSignal): Promise<number[][]> =>
    scoreLabels(
      open,
      prompt.replaceAll('{input}', () => input),
      texts,
      signal,
    )
  const never = new AbortController().signal
  const base = normalisation === 'contextual' ? await scoresOf(contentFree, never) : null
  return async ({ input }, signal) => {
    const scores = await scoresOf(input, signal)
    return scores.map((own, m) =>
      own.map((score, y) => {
        if (normalisation === 'per_byte') return score / Buffer.byteLength(texts[y] as string)
        return base === null ? score : score - (base[m]?.[y] as number)
      }),
    )
  }
}

async function scoreLabels(
  open: OpenEnsemble,
  prompt: string,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<number[][]> {
  const byLabel = await Promise.all(
    texts.map(async (text) => {
      const sums = open.ensemble.seats.map(() => 0)
      await followRow(open, { prompt, text }, signal, (place) => {
        memberScores(place).forEach(({ logProb }, m) => {
          sums[m] = (sums[m] as number) + logProb
        })
      })
      return sums
    }),
  )
  return open.ensemble.seats.map((_, m) => byLabel.map((sums) => Math.max(leastScore, sums[m] as number)))
}
