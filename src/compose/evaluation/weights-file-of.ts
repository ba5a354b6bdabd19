import type { WeightsFile } from '../../config/weights-file.ts'
import type { OpenEnsemble } from './open-ensemble.ts'
import type { Standing, Standings } from './standings.ts'
import { type Tuned, tunedName } from './tune-text.ts'

interface Facts extends Pick<WeightsFile, 'method' | 'seed'> {
  readonly sha256: string
  readonly date: string
}

/** What was learned, as a file: nothing in it depends on when or where it was learned. */
export function weightsFileOf(
  { ensemble, granularity, probes }: OpenEnsemble,
  { pool, weights, classification, learnedDocuments, provedDocuments, measures }: Tuned,
  { method, seed, sha256, date }: Facts,
): WeightsFile {
  const gain = gainOf(measures[0]?.standings ?? [])
  return {
    version: 1,
    ensemble: ensemble.name,
    members: ensemble.seats.map(({ member }, index) => ({
      id: member.id,
      kind: member.kind,
      vocabulary: probes[index]?.capabilities.vocabularyFingerprint ?? null,
    })),
    granularity,
    pool,
    method,
    weights: [...weights],
    classification,
    data: { sha256, date, learned_documents: learnedDocuments, proved_documents: provedDocuments },
    seed,
    gain,
    recommended: gain.low > 0,
  }
}

/** The gain on all texts together; digits beyond these differ with the order of calls. */
function gainOf(standings: readonly Standings[]): WeightsFile['gain'] {
  const all = standings.at(-1) as Standings
  const { gain } = all.standings.find(({ name }) => name === tunedName) as Standing
  const rounded = (value: number) => Math.round(value * 1e4) / 1e4
  return {
    over: all.best,
    estimate: rounded(gain?.estimate ?? 0),
    low: rounded(gain?.low ?? 0),
    high: rounded(gain?.high ?? 0),
    level: 0.95,
  }
}
