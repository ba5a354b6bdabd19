/** How often each thing occurs, and how many there are in all. */
export interface Counts {
  readonly of: ReadonlyMap<string, number>
  readonly total: number
}

export function countsOf(things: readonly string[]): Counts {
  const of = new Map<string, number>()
  for (const thing of things) of.set(thing, (of.get(thing) ?? 0) + 1)
  return { of, total: things.length }
}

/** How many occurrences two counts have in common. */
export function overlap(a: Counts, b: Counts): number {
  let common = 0
  for (const [thing, count] of a.of) common += Math.min(count, b.of.get(thing) ?? 0)
  return common
}
