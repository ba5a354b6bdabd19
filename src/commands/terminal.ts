/** Where a command writes, and what can be shown there. */
export interface Terminal {
  /** To standard output. */
  write(text: string): void
  /** A line to standard error. */
  note(line: string): void
  /** Standard output is a terminal: bars, colours and legends are welcome. */
  readonly interactive: boolean
  readonly colour: boolean
  /** Block characters can be shown; else plain ASCII. */
  readonly unicode: boolean
  /** Characters in a line. */
  readonly columns: number
}

/** The process's own terminal. Colours follow NO_COLOR and FORCE_COLOR, block characters the locale. */
export function processTerminal(process: NodeJS.Process): Terminal {
  const { stdout, stderr, env } = process
  const interactive = stdout.isTTY === true
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  const asked = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0'
  return {
    write: (text) => void stdout.write(text),
    note: (line) => void stderr.write(`${line}\n`),
    interactive,
    colour: asked || (interactive && !env['NO_COLOR'] && env['TERM'] !== 'dumb'),
    unicode: interactive && /utf-?8/i.test(locale),
    columns: Math.max(40, Math.min(stdout.columns ?? 80, 120)),
  }
}
