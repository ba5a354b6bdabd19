import type { ContinueOptions, Member, Probe } from '../../members/member.ts'
import { plainText } from './spelling.ts'

export interface Timings {
  readonly firstMs: number
  readonly againMs: number
  readonly latencyMs: number
  readonly afterCancelMs: number
}

/** Calls whose median is told. */
const samples = 5

/**
 * How long calls take: with a long context and then again, after a short one, and after a call that was left in the middle.
 *
 * @param salt makes the long context one that the server has not seen.
 */
export async function timings(
  member: Member,
  { vocabulary, capabilities }: Probe,
  { salt, clock, signal }: { readonly salt: string; readonly clock: () => number; readonly signal: AbortSignal },
): Promise<Timings> {
  const topK = Math.min(8, capabilities.maxTopK)
  const call = (text: string, options: ContinueOptions): AsyncIterable<unknown> =>
    vocabulary === null && member.continueText ? member.continueText(text, options) : member.continue({ text }, options)

  async function timed(text: string): Promise<number> {
    const start = clock()
    for await (const _ of call(text, { maxTokens: 1, topK, signal }));
    return clock() - start
  }

  // Half of the context in bytes is never more than half of it in tokens.
  const long = `${salt} ${plainText} `.repeat(40).slice(0, Math.min(1_000, Math.floor(capabilities.contextLength / 2)))
  const firstMs = await timed(long)
  const againMs = await timed(long)
  const each: number[] = []
  for (let i = 0; i < samples; i++) each.push(await timed(plainText))
  const latencyMs = each.sort((a, b) => a - b)[Math.floor(samples / 2)] as number

  const left = new AbortController()
  const options = { maxTokens: 64, topK, signal: AbortSignal.any([signal, left.signal]) }
  for await (const _ of call(plainText, options)) break
  left.abort()
  return { firstMs, againMs, latencyMs, afterCancelMs: await timed(plainText) }
}
