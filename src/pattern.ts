import { RE2JS } from 're2js'

/** Longest pattern, in characters. */
export const longestPattern = 500

/**
 * What a regular expression (RE2 syntax) finds first in a text: its first group, or the whole match where it has none; null: nothing.
 * Patterns come with requests, so they run in time linear in the text: with JavaScript's own a few characters could stop the program.
 *
 * @throws Error that says what is wrong with the pattern.
 */
export function searchFor(pattern: string): (text: string) => string | null {
  const compiled = RE2JS.compile(pattern)
  return (text) => {
    const matcher = compiled.matcher(text)
    if (!matcher.find()) return null
    return matcher.group(matcher.groupCount() > 0 ? 1 : 0)
  }
}

/** What is wrong with a pattern; null: nothing. */
export function faultOf(pattern: string): string | null {
  try {
    searchFor(pattern)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
