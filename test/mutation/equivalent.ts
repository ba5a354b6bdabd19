import type { Mutant } from './mutants.ts'

/** A change that no test can find, because nothing that core promises depends on it. */
interface Equivalent {
  readonly file: string
  /** The code that is changed, between « and », with enough around it to be found. */
  readonly place: string
  readonly replacement: string
  readonly reason: string
}

/** Short by intention: what is listed here is left out of the count, and printed. */
export const equivalents: readonly Equivalent[] = []

/** The entry of the list that speaks of a mutant. */
export function equivalentOf(mutant: Mutant, text: string): Equivalent | undefined {
  return equivalents.find(({ file, place, replacement }) => {
    if (file !== mutant.file || replacement !== mutant.replacement) return false
    const [before = '', original = '', after = ''] = place.split(/[«»]/)
    return (
      original === mutant.original &&
      text.slice(0, mutant.start).endsWith(before) &&
      text.slice(mutant.end).startsWith(after)
    )
  })
}
