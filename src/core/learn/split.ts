import { uniform } from '../decode/noise.ts'

/** A document by name, and the group that each side of a split should have its share of. */
export interface Splittable {
  readonly document: string
  readonly group: string
}

/**
 * A seeded number for each document, the places of each group in an order drawn anew: rows of one document have one
 * number. Depends on seed and names, not on the order of the rows.
 *
 * @returns for each row, its document's rank in its group as a share in [0, 1).
 */
function ranksOf(rows: readonly Splittable[], seed: number): number[] {
  const groups = new Map<string, Set<string>>()
  // A document belongs to the group of its first row.
  const groupOf = new Map<string, string>()
  for (const { document, group } of rows) {
    if (groupOf.has(document)) continue
    groupOf.set(document, group)
    groups.set(group, (groups.get(group) ?? new Set()).add(document))
  }
  const ranks = new Map<string, number>()
  for (const [index, group] of [...groups.keys()].sort().entries()) {
    const names = [...(groups.get(group) as Set<string>)].sort()
    const drawn = names.map((name, place) => ({ name, key: uniform(seed, index, place) }))
    drawn.sort((a, b) => a.key - b.key)
    for (const [rank, { name }] of drawn.entries()) ranks.set(name, (rank + 0.5) / drawn.length)
  }
  return rows.map(({ document }) => ranks.get(document) as number)
}

/** Places of the rows to learn from, and of those to prove on; no document is on both sides. */
export function splitByDocument(
  rows: readonly Splittable[],
  share: number,
  seed: number,
): { readonly learn: readonly number[]; readonly prove: readonly number[] } {
  const ranks = ranksOf(rows, seed)
  const places = rows.map((_, place) => place)
  return {
    learn: places.filter((place) => (ranks[place] as number) < share),
    prove: places.filter((place) => (ranks[place] as number) >= share),
  }
}

/** For each row, which of `folds` folds its document is in. */
export function foldsByDocument(rows: readonly Splittable[], folds: number, seed: number): number[] {
  return ranksOf(rows, seed).map((rank) => Math.floor(rank * folds))
}
