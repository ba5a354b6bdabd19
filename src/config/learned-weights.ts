import { resolve } from 'node:path'
import type { LearnedWeights } from './config.ts'
import { formatPath, type Problem } from './problem.ts'
import type { ConfigFile } from './schema.ts'
import { readWeightsFile, type WeightsFile } from './weights-file.ts'

/** What is read from an ensemble's weights file: in the order of the ensemble's members. */
export type Learned = LearnedWeights & { readonly weights: readonly number[] }

/** The weights files that ensembles name, by ensemble; a file that is none, or is for others, is a problem. */
export function readLearned(file: ConfigFile, folder: string, problems: Problem[]): ReadonlyMap<string, Learned> {
  const learned = new Map<string, Learned>()
  for (const [name, ensemble] of Object.entries(file.ensembles)) {
    if (ensemble.weights_file === undefined) continue
    const path = resolve(folder, ensemble.weights_file)
    const found = readWeightsFile(path)
    const faults =
      'fault' in found
        ? [{ reason: `${path}: ${found.fault}`, suggestion: 'let `tutti tune` write it' }]
        : mismatches(name, ensemble, file.members, found)
    for (const fault of faults) problems.push({ path: ['ensembles', name, 'weights_file'], ...fault })
    if (!('fault' in found) && faults.length === 0) learned.set(name, inOrder(ensemble, found, path))
  }
  return learned
}

type EnsembleFile = ConfigFile['ensembles'][string]
type Fault = Pick<Problem, 'reason' | 'suggestion'>

const again = 'learn them anew with `tutti tune`'

function mismatches(name: string, ensemble: EnsembleFile, members: ConfigFile['members'], found: WeightsFile): Fault[] {
  const own = ensemble.members.map(({ id }) => id)
  const theirs = found.members.map(({ id }) => id)
  if (own.toSorted().join() !== theirs.toSorted().join()) {
    return [{ reason: `holds weights of ${theirs.join(', ')}, not of ${own.join(', ')} (members)`, suggestion: again }]
  }
  const faults: Fault[] = []
  for (const { id, kind } of found.members) {
    const now = members[id]?.kind
    if (now !== kind)
      faults.push({ reason: `is for "${id}" of kind ${kind}, which is ${now} now (members.kind)`, suggestion: again })
  }
  if (ensemble.granularity !== 'auto' && ensemble.granularity !== found.granularity) {
    faults.push({ reason: otherGranularity(found.granularity, ensemble.granularity), suggestion: again })
  }
  if (found.pool !== 'stacking' && found.pool !== ensemble.pool) {
    const reason = `was learned for pool ${found.pool}, and the ensemble's is ${ensemble.pool} (pool)`
    faults.push({ reason, suggestion: `set \`pool: ${found.pool}\`, or ${again}` })
  }
  if (ensemble.members.some(({ weight }) => weight !== undefined)) {
    const path = formatPath(['ensembles', name, 'members'])
    faults.push({ reason: `stands beside weights under ${path}`, suggestion: 'give weights in one place' })
  }
  return faults
}

/** Said where configured granularities differ, and where the ensemble's turns out to. */
export function otherGranularity(learned: string, own: string): string {
  return `was learned at granularity ${learned}, and the ensemble's is ${own} (granularity)`
}

function inOrder(ensemble: EnsembleFile, found: WeightsFile, file: string): Learned {
  const places = ensemble.members.map(({ id }) => found.members.findIndex((member) => member.id === id))
  const at = <T>(values: readonly T[]) => places.map((place) => values[place] as T)
  return {
    file,
    granularity: found.granularity,
    vocabularies: at(found.members).map(({ vocabulary }) => vocabulary),
    weights: at(found.weights),
    classification: found.classification && classificationOf(found.classification, places),
  }
}

function classificationOf(
  {
    labels,
    normalisation,
    temperatures,
    pool_temperature: poolTemperature,
    coefficients,
  }: NonNullable<WeightsFile['classification']>,
  places: readonly number[],
): LearnedWeights['classification'] {
  // The columns of a row are the bias, then a block of labels for each member.
  const block = (row: readonly number[], place: number) =>
    row.slice(1 + place * labels.length, 1 + (place + 1) * labels.length)
  return {
    labels,
    normalisation,
    temperatures: places.map((place) => temperatures[place] as number),
    poolTemperature,
    coefficients:
      coefficients?.map((row) => [row[0] as number, ...places.flatMap((place) => block(row, place))]) ?? null,
  }
}
