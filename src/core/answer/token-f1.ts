import { type Counts, countsOf, overlap } from './overlap.ts'

/** The words of a text, which are runs of letters and digits, in lower case. */
export function tokenProfile(text: string): Counts {
  return countsOf(text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [])
}

/**
 * F1 of the words that two texts have in common (Rajpurkar et al. 2016, SQuAD; articles and punctuation are not English alone, so
 * articles count). 0 where a text has none.
 */
export function tokenF1(a: Counts, b: Counts): number {
  const all = a.total + b.total
  return all === 0 ? 0 : (2 * overlap(a, b)) / all
}
