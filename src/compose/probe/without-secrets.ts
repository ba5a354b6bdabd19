import type { Config, MemberConfig } from '../../config/config.ts'

/** Characters below which a value is no secret: it is a word, or a part of one, that stands where nothing is to be blotted out. */
const shortest = 8

/** What must never be shown: keys, values of secret headers, and the password of Redis: URLs of members hold none. */
export function secretsOf({ members, redis }: Config): string[] {
  return [...members.flatMap(secretsOfMember), ...(redis === null ? [] : secretsOfUrl(redis.url))]
}

export function secretsOfMember(member: MemberConfig): string[] {
  const headers = 'headers' in member ? member.secretHeaders.map((name) => member.headers[name] ?? '') : []
  return [
    ...('apiKey' in member && member.apiKey !== null ? long(member.apiKey) : []),
    // Servers repeat a key without the scheme before it.
    ...headers.flatMap((value) => long(value, ...value.split(/\s+/))),
  ]
}

function secretsOfUrl(url: string): string[] {
  const { username, password } = new URL(url)
  if (username === '' && password === '') return []
  // A key may stand where the name does, without a password.
  const secret = password === '' ? username : password
  const before = password === '' ? '' : `${username}:`
  // Before the `@` it is none but this one, however short.
  return [`${before}${secret}@`, decoded(`${before}${secret}@`), ...long(secret, decoded(secret))]
}

function long(...values: readonly string[]): string[] {
  return values.filter(({ length }) => length >= shortest)
}

/** As it was typed: servers may repeat that. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** A value with every string in it cleared of secrets: servers repeat keys in their refusals. */
export function withoutSecrets<T>(value: T, secrets: readonly string[]): T {
  // Longest first: one may be part of another.
  const known = secrets.filter((secret) => secret !== '').toSorted((a, b) => b.length - a.length)
  const clear = (part: unknown): unknown => {
    if (typeof part === 'string') return known.reduce((text, secret) => text.replaceAll(secret, '***'), part)
    if (Array.isArray(part)) return part.map(clear)
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, clear(inner)]))
  }
  return clear(value) as T
}
