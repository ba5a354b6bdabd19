import type { ConfigPath, Problem } from './problem.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g

/**
 * The document with `${NAME}` and `${NAME:-default}` in string values replaced from the environment. Keys and other
 * values stay as they are. A name that is neither set nor defaulted is a problem, so that a missing secret is never
 * an empty one.
 *
 * @param filled gets every value that had a reference, as it is now.
 */
export function interpolate(
  value: unknown,
  env: Environment,
  problems: Problem[],
  filled: Set<string>,
  path: ConfigPath = [],
): unknown {
  if (typeof value === 'string') {
    const whole = fill(value, env, problems, path)
    if (whole !== value) filled.add(whole)
    return whole
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => interpolate(item, env, problems, filled, [...path, index]))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, interpolate(item, env, problems, filled, [...path, key])]),
  )
}

function fill(text: string, env: Environment, problems: Problem[], path: ConfigPath): string {
  return text.replace(reference, (whole, name: string, fallback: string | undefined) => {
    const found = env[name]
    if (found !== undefined && found !== '') return found
    if (fallback !== undefined) return fallback
    problems.push({
      path,
      reason: `the environment variable ${name} is not set`,
      suggestion: `set ${name}, or give a default: \${${name}:-value}`,
    })
    return whole
  })
}
