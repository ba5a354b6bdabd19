import type { MemberWalk } from './member-walk.ts'
import { behind, type Prompt } from './prompt.ts'

/** A stretch of output that a member has not gone over. */
export interface MissedText {
  /** All before it, up to the last whole character. */
  readonly prompt: Prompt
  /** What comes behind that; the member had gone over the symbols before `from`. */
  readonly symbols: Int32Array
  readonly from: number
}

/** Bytes of output from the `since`th on; null when there are none, or nothing to ask a member for behind what comes before. */
export function missedText(prompt: Prompt, output: readonly number[], since: number): MissedText | null {
  for (let at = since; at >= 0 && since < output.length; at--) {
    const before = behind(prompt, output.slice(0, at))
    if (before !== null) return { prompt: before, symbols: Int32Array.from(output.slice(at)), from: since - at }
  }
  return null
}

/** Natural logarithm of the probability that a member gives to what it has missed, by a walk that is to go along it. */
export async function logProbOfMissed(walk: MemberWalk, { prompt, symbols, from }: MissedText): Promise<number> {
  let sum = 0
  await walk.open(prompt)
  for (const [index, symbol] of symbols.entries()) {
    await walk.ready()
    if (index >= from) sum += Math.log(walk.conditional().probabilities[symbol] ?? 0)
    if (index + 1 < symbols.length) await walk.accept(symbol)
  }
  return sum
}
