import type { Canonical } from './canonical.ts'

/**
 * The letter of a choice, as models write it. Taken is what is found first: the whole text; the last letter after "answer",
 * "option" or "choice"; the last in brackets or asterisks; the last with a mark behind it ("B)", "B.", "B:"); the last that stands
 * alone. "A" or "I" before a small letter is a word, but not behind "answer is" or "answer:", where small letters count too, and "a" or
 * "i" before a word is one.
 *
 * @param letters capital letters that may be chosen, e.g. `ABCD`.
 */
export function choiceForm(letters: string): Canonical {
  const either = `([${letters}${letters.toLowerCase()}])`
  const capital = `([${letters}])`
  const ends = `(?![\\p{L}\\p{N}'’])`
  const alone = `(?![AI]\\s+\\p{Ll})${capital}${ends}`
  const told = `(?![ai]\\s+[\\p{L}\\p{N}])${either}${ends}`
  const opening = `[\\s:("'*\\[]*`
  const named = '(?:[Aa]nswer|ANSWER|[Oo]ption|OPTION|[Cc]hoice|CHOICE)'
  const searches = [
    `^[\\s("'*\\[]*${either}[\\s)"'*\\].:]*$`,
    `${named}(?:(?:\\s+(?:is|IS)|\\s*:)${opening}${told}|${opening}${alone})`,
    `[(*\\[]${capital}[)*\\]]`,
    `(?<![\\p{L}\\p{N}])${capital}[).:](?!\\p{L})`,
    `(?<![\\p{L}\\p{N}'’])${alone}`,
  ].map((pattern) => new RegExp(pattern, 'gu'))
  return (text) => {
    for (const search of searches) {
      const found = [...text.matchAll(search)].at(-1)
      const letter = found?.[1] ?? found?.[2]
      if (letter !== undefined) return letter.toUpperCase()
    }
    return null
  }
}
