/**
 * Where a text stands inside a UTF-8 character (RFC 3629 §4): the range its next byte must lie in and how many
 * continuation bytes follow that one. Between characters `remaining` is 0.
 */
export interface Utf8State {
  readonly remaining: number
  readonly low: number
  readonly high: number
}

export const utf8Start: Utf8State = { remaining: 0, low: 0, high: 0 }

const any = { low: 0x80, high: 0xbf }
const firstContinuation: Readonly<Record<number, { low: number; high: number }>> = {
  224: { low: 0xa0, high: 0xbf }, // no overlong three-byte form
  237: { low: 0x80, high: 0x9f }, // no surrogates
  240: { low: 0x90, high: 0xbf }, // no overlong four-byte form
  244: { low: 0x80, high: 0x8f }, // nothing above U+10FFFF
}

/** Whether `byte` may follow. */
export function utf8Allows(state: Utf8State, byte: number): boolean {
  if (state.remaining > 0) return byte >= state.low && byte <= state.high
  return byte <= 0x7f || (byte >= 0xc2 && byte <= 0xf4)
}

/** The state after `byte`; the byte must be allowed. */
export function utf8Next(state: Utf8State, byte: number): Utf8State {
  if (state.remaining > 1) return { remaining: state.remaining - 1, ...any }
  if (state.remaining === 1 || byte <= 0x7f) return utf8Start
  const remaining = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1
  return { remaining, ...(firstContinuation[byte] ?? any) }
}

/** The state behind bytes that may begin inside a character; what is no UTF-8 counts as no character. */
export function utf8After(bytes: Uint8Array): Utf8State {
  let state = utf8Start
  for (const byte of bytes) {
    if (!utf8Allows(state, byte)) state = utf8Start
    if (utf8Allows(state, byte)) state = utf8Next(state, byte)
  }
  return state
}
