import { lacks } from '../../ensemble/ability.ts'
import type { ContinueOptions, Member, Probe } from '../../members/member.ts'
import { plainText } from './spelling.ts'

/** Null where whole answers were timed. */
export interface Timings {
  readonly firstMs: number | null
  readonly againMs: number | null
  readonly latencyMs: number
  readonly afterCancelMs: number | null
}

interface TimingOptions {
  /** Makes the long context one that the server has not seen. */
  readonly salt: string
  readonly clock: () => number
  readonly signal: AbortSignal
}

/** Calls whose median is told. */
const samples = 5

/** Most tokens of a timed answer: some servers refuse to be held to fewer. */
export const answerTokens = 16

/**
 * How long calls take: with a long context and then again, after a short one, and after a call that was left in the middle. Of a
 * member that gives no lists, how long its answers take.
 */
export async function timings(member: Member, probe: Probe, { salt, clock, signal }: TimingOptions): Promise<Timings> {
  const { answer } = member
  if (answer && !givesLists(member, probe)) {
    // Sampling is left as servers have it by default: some models take no other.
    const sampling = { temperature: 1, topP: 1, seed: null, stop: [], topK: 0 }
    const asked = { ...sampling, messages: [{ role: 'user', content: plainText }], maxTokens: answerTokens }
    const latencyMs = await median(() => duration(() => answer(asked, { signal }), clock))
    return { firstMs: null, againMs: null, latencyMs, afterCancelMs: null }
  }

  const { vocabulary, capabilities } = probe
  const topK = Math.min(8, capabilities.maxTopK)
  const call = (text: string, options: ContinueOptions): AsyncIterable<unknown> =>
    vocabulary === null && member.continueText ? member.continueText(text, options) : member.continue({ text }, options)
  const timed = (text: string) =>
    duration(async () => {
      for await (const _ of call(text, { maxTokens: 1, topK, signal }));
    }, clock)

  // Half of the context in bytes is never more than half of it in tokens.
  const long = `${salt} ${plainText} `.repeat(40).slice(0, Math.min(1_000, Math.floor(capabilities.contextLength / 2)))
  const firstMs = await timed(long)
  const againMs = await timed(long)
  const latencyMs = await median(() => timed(plainText))

  const left = new AbortController()
  const options = { maxTokens: 64, topK, signal: AbortSignal.any([signal, left.signal]) }
  for await (const _ of call(plainText, options)) break
  left.abort()
  return { firstMs, againMs, latencyMs, afterCancelMs: await timed(plainText) }
}

/** Whether the member says what comes next; else it only writes answers. */
export function givesLists(member: Member, probe: Probe): boolean {
  return lacks('byte', member, probe) === null
}

async function median(sample: () => Promise<number>): Promise<number> {
  const each: number[] = []
  for (let i = 0; i < samples; i++) each.push(await sample())
  return each.sort((a, b) => a - b)[Math.floor(samples / 2)] as number
}

async function duration(work: () => Promise<unknown>, clock: () => number): Promise<number> {
  const start = clock()
  await work()
  return clock() - start
}
