/** Files and mounted secrets often end with a line end that is no part of the secret. One is taken off. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}

/** What reaches the other side as it was written when it stands behind `Bearer` in a header: visible ASCII. */
export const bearerText = /^[!-~]+$/
export const notVisible = 'white space, control characters or others than ASCII, which no `Authorization: Bearer` takes'

/** What does as the value of any header: that and blanks. */
export const headerText = /^[ -~]*$/
