/** What is wrong with a text as a key; null: nothing. Browsers refuse other letters in a header, and the header has no blanks. */
export function faultOf(key: string): string | null {
  const odd = /[^\x21-\x7e\xa1-\xff]/u.exec(key)?.[0]
  if (odd === undefined) return null
  const what = odd.trim() === '' ? 'A blank' : `“${odd}”`
  return `${what} can’t stand in a key: browsers send Latin letters, digits and signs in one piece.`
}
