import type { Config, MemberConfig } from '../../config/config.ts'

/** What must never be shown: keys, and passwords in URLs. */
export function secretsOf({ members }: Config): string[] {
  return members.flatMap((member) => [
    ...('apiKey' in member && member.apiKey !== null ? [member.apiKey] : []),
    ...urlsOf(member).flatMap((url) => {
      const { username, password } = new URL(url)
      return [`${username}:${password}@`, password, decoded(password)]
    }),
  ])
}

/** Servers may repeat a password as it was typed. */
function decoded(password: string): string {
  try {
    return decodeURIComponent(password)
  } catch {
    return password
  }
}

function urlsOf({ source }: MemberConfig): readonly string[] {
  return 'urls' in source ? source.urls : []
}

/** A value with every string in it cleared of secrets: servers repeat keys in their refusals. */
export function withoutSecrets<T>(value: T, secrets: readonly string[]): T {
  // Longest first: one may be part of another.
  const known = secrets.filter((secret) => secret !== '' && secret !== ':@').toSorted((a, b) => b.length - a.length)
  const clear = (part: unknown): unknown => {
    if (typeof part === 'string') return known.reduce((text, secret) => text.replaceAll(secret, '***'), part)
    if (Array.isArray(part)) return part.map(clear)
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, clear(inner)]))
  }
  return clear(value) as T
}
