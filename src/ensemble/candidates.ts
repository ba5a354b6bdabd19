import type { Alphabet } from '../core/lattice/alphabet.ts'
import { type Decided, logProbOf } from './decided.ts'
import type { Candidate } from './generation-event.ts'

interface Departure {
  /** The place of the symbol that differs, and what stands there instead. */
  readonly at: number
  readonly symbol: number
  readonly logProb: number
}

/**
 * The `count` likeliest candidates for a segment, likeliest first, and the segment itself in any case (OpenAI's k + 1 rule).
 *
 * The alternatives are the segment's departures: its own symbols up to some place, and there another symbol. Every text
 * that goes on otherwise goes on with exactly one of them, and their fused probabilities are known without a further call.
 * At token granularity a segment is one token, and its departures are all other tokens.
 *
 * Texts of unequal length can't be compared by probability alone: a departure is shorter than the segment, and may be
 * likelier for that only. One that is, though at its place the segment's own symbol was preferred, is left out. So the
 * segment is the likeliest of the list exactly when each of its symbols is what greedy decoding takes.
 *
 * @param bytes the segment as it is shown.
 */
export function candidatesOf(
  decided: readonly Decided[],
  bytes: Uint8Array,
  alphabet: Alphabet,
  count: number,
): Candidate[] {
  const own: Candidate = { bytes, logProb: logProbOf(decided) }
  const others = departures(decided, own.logProb, count).map(({ at, symbol, logProb }) => ({
    bytes: spell([...decided.slice(0, at).map((one) => one.symbol), symbol], alphabet),
    logProb,
  }))
  // Of tokens with equal bytes the likeliest stands for all: lists are read by text.
  const seen = new Set([keyOf(bytes)])
  const distinct = others.filter((candidate) => !seen.has(keyOf(candidate.bytes)) && seen.add(keyOf(candidate.bytes)))
  const ahead = distinct.filter(({ logProb }) => logProb > own.logProb).slice(0, count)
  return [...ahead, own, ...distinct.slice(ahead.length, Math.max(ahead.length, count - 1))]
}

/** Less than 1 by more than exponential and logarithm round. */
const roughly = 1 - 1e-9

/** The likeliest departures; twice as many as are wanted, as some may turn out to have equal bytes. */
function departures(decided: readonly Decided[], whole: number, count: number): Departure[] {
  const found: Departure[] = []
  const wanted = 2 * count
  let before = 0
  let least = Number.NEGATIVE_INFINITY
  decided.forEach(({ symbol, logProb: own, rivals }, at) => {
    if (rivals === null || wanted === 0) return
    const { probabilities, preferred } = rivals
    const mine = probabilities[symbol] as number
    // What is surely too unlikely is spared the logarithm.
    let floor = Math.exp(least - before) * roughly
    for (let x = 0; x < probabilities.length; x++) {
      const p = probabilities[x] as number
      if (x === symbol || p === 0 || p < floor) continue
      const logProb = before + Math.log(p)
      if (logProb <= least) continue
      if (logProb > whole && !(p > mine || x === preferred)) continue
      insert(found, { at, symbol: x, logProb }, wanted)
      if (found.length < wanted) continue
      least = (found.at(-1) as Departure).logProb
      floor = Math.exp(least - before) * roughly
    }
    before += own
  })
  return found
}

/** Puts a departure in its place by probability, after its equals; the list keeps its `most` first. */
function insert(found: Departure[], departure: Departure, most: number): void {
  let place = found.length
  while (place > 0 && (found[place - 1] as Departure).logProb < departure.logProb) place--
  found.splice(place, 0, departure)
  if (found.length > most) found.pop()
}

function spell(symbols: readonly number[], alphabet: Alphabet): Uint8Array {
  return Uint8Array.from(symbols.flatMap((symbol) => [...alphabet.bytesOf(symbol)]))
}

function keyOf(bytes: Uint8Array): string {
  return bytes.join()
}
