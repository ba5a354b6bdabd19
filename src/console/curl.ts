export interface Call {
  readonly url: string
  /** Left out: a GET. */
  readonly body?: object
  /** The key stands as a variable of the shell: a command that is pasted somewhere tells no secret. */
  readonly withKey: boolean
  readonly stream?: boolean
}

/** The call as a command of a POSIX shell. */
export function toCurl({ url, body, withKey, stream }: Call): string {
  const parts = [`curl ${stream ? '-N' : '-s'} ${quoted(url)}`]
  if (withKey) parts.push('-H "authorization: Bearer $TUTTI_KEY"')
  if (body !== undefined) parts.push("-H 'content-type: application/json'", `-d ${quoted(JSON.stringify(body))}`)
  return parts.join(' \\\n  ')
}

/** One word of a POSIX shell: nothing means anything between single quotes but the quote itself. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
