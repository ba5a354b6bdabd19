/** What went wrong with a command, in words for the person who typed it. */
export class CommandError extends Error {
  override readonly name = 'CommandError'

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
  }
}
