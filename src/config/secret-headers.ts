/** Names of headers that hold a key, or what stands for one. */
const telling = /auth|key|token|secret|cookie|password|credential|signature/i

/**
 * Names of those headers whose values must never be shown: their name says so, or they come from the environment. Others are words
 * that stand in messages and addresses too, such as a provider or a flag.
 *
 * @param filled values of the file that came from the environment.
 */
export function secretHeaders(headers: Readonly<Record<string, string>>, filled: ReadonlySet<string>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (telling.test(name) || filled.has(value) ? [name] : []))
}
