/**
 * What an answer says, in the one form that it shares with every other answer which says the same; null for an answer that
 * says nothing of the kind. Answers are counted and compared by their forms.
 */
export type Canonical = (text: string) => string | null

/** The text itself, without white space at its ends and in Unicode's composed form (NFC). */
export const exactForm: Canonical = (text) => text.trim().normalize('NFC')

/** What the given search finds in the text: its first group, or the whole match. */
export function foundForm(find: (text: string) => string | null): Canonical {
  return (text) => {
    const found = find(text)
    return found === null ? null : exactForm(found)
  }
}
