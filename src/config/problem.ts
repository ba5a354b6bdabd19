/** Where in the file something is, as keys and indexes from the root. */
export type ConfigPath = readonly PropertyKey[]

/** One thing wrong with a configuration file: where, why, and what to do about it. */
export interface Problem {
  readonly path: ConfigPath
  readonly reason: string
  readonly suggestion: string | null
}

/** The path as people write it: `ensembles.tutti.members[1].weight`. */
export function formatPath(path: ConfigPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
}
