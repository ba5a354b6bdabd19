import { TuttiError } from '../../errors.ts'
import type { Score } from './label-scores.ts'

/** A token that an answer has in a place, and the likeliest that it could have had. */
export interface AnsweredToken {
  readonly bytes: Uint8Array
  readonly logProb: number
  readonly alternatives: readonly { readonly bytes: Uint8Array; readonly logProb: number }[]
}

/** Servers round what they tell, each entry by itself. */
const roundingAbove = 1e-3

/** Beginnings of the answer that the lists tell of, and the mass of all that begins so. */
interface Beginning {
  readonly bytes: Uint8Array
  readonly mass: number
  /** Listed as a token, not what a list has left out. */
  readonly listed: boolean
}

/**
 * Scores of texts from the lists along one answer, for members that give none along given texts. What begins with a text
 * counts for it; what a text goes on from may, and so may what a list leaves out: that is the interval. As one number such mass
 * is shared among the texts it may belong to; a text that no list tells of has half of what one more entry of the first list
 * could have. Blanks at the beginning of the answer are no part of it.
 *
 * @param texts without blanks before them.
 * @throws TuttiError `invalid_distribution` for a log-probability above 0, or a list whose probabilities sum to more than 1.
 */
export function answeredLabels(tokens: readonly AnsweredToken[], texts: readonly Uint8Array[]): Score[] {
  const beginnings = beginningsOf(tokens)
  const sharers = beginnings.map(({ bytes }) => texts.filter((text) => opens(bytes, text)).length)
  const floor = leastOf(tokens) / 2
  return texts.map((text) => {
    let sure = 0
    let open = 0
    let guess = 0
    for (const [index, { bytes, mass, listed }] of beginnings.entries()) {
      if (startsWith(bytes, text)) sure += mass
      else if (opens(bytes, text)) {
        open += mass
        if (listed) guess += mass / (sharers[index] as number)
      }
    }
    const most = Math.min(1, sure + open)
    // What servers round may sum to more than 1.
    const likely = Math.min(most, sure + guess)
    return {
      logProb: Math.log(likely > 0 ? likely : Math.min(floor, most)),
      low: Math.log(Math.min(most, sure)),
      high: Math.log(most),
    }
  })
}

function beginningsOf(tokens: readonly AnsweredToken[]): Beginning[] {
  const found: Beginning[] = []
  let text = new Uint8Array(0)
  let mass = 1
  for (const token of tokens) {
    const others = token.alternatives.filter(({ bytes }) => !equal(bytes, token.bytes))
    const own = Math.exp(token.logProb)
    const told = others.reduce((sum, { logProb }) => sum + Math.exp(logProb), own)
    if ([token, ...token.alternatives].some(({ logProb }) => logProb > roundingAbove))
      throw new TuttiError('invalid_distribution', 'a log-probability along the answer is above 0')
    if (told > 1 + roundingAbove)
      throw new TuttiError('invalid_distribution', `the probabilities of a list sum to ${told}`)
    for (const { bytes, logProb } of others) {
      found.push({ bytes: behindBlanks(joined(text, bytes)), mass: mass * Math.exp(logProb), listed: true })
    }
    found.push({ bytes: behindBlanks(text), mass: mass * Math.max(0, 1 - told), listed: false })
    text = joined(text, token.bytes)
    mass *= own
  }
  found.push({ bytes: behindBlanks(text), mass, listed: tokens.length > 0 })
  return found
}

/** The most that a token has which the first list leaves out. */
function leastOf([first]: readonly AnsweredToken[]): number {
  if (first === undefined) return 1
  const listed = first.alternatives.map(({ logProb }) => Math.exp(logProb))
  const sum = listed.reduce((total, p) => total + p, 0)
  return Math.max(1e-10, Math.min(1 - sum, ...listed))
}

function joined(text: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(text.length + bytes.length)
  all.set(text)
  all.set(bytes, text.length)
  return all
}

function behindBlanks(text: Uint8Array): Uint8Array {
  const first = text.findIndex((byte) => byte !== 0x20 && byte !== 0x0a)
  return first < 0 ? new Uint8Array(0) : text.subarray(first)
}

function startsWith(text: Uint8Array, front: Uint8Array): boolean {
  return front.length <= text.length && front.every((byte, index) => byte === text[index])
}

/** Whether the text goes on from the beginning. */
function opens(beginning: Uint8Array, text: Uint8Array): boolean {
  return beginning.length < text.length && startsWith(text, beginning)
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && startsWith(a, b)
}
