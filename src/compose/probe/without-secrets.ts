import type { Config, MemberConfig } from '../../config/config.ts'

/** What must never be shown: keys, values of headers, and the password of Redis: URLs of members hold none. */
export function secretsOf({ members, redis }: Config): string[] {
  return [...members.flatMap(secretsOfMember), ...(redis === null ? [] : secretsOfUrl(redis.url))]
}

export function secretsOfMember(member: MemberConfig): string[] {
  return [
    ...('apiKey' in member && member.apiKey !== null ? [member.apiKey] : []),
    ...('headers' in member ? Object.values(member.headers) : []),
  ]
}

function secretsOfUrl(url: string): string[] {
  const { username, password } = new URL(url)
  return [`${username}:${password}@`, password, decoded(password)]
}

/** Servers may repeat a password as it was typed. */
function decoded(password: string): string {
  try {
    return decodeURIComponent(password)
  } catch {
    return password
  }
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
