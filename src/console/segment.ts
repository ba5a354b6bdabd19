import type { Diagnosis, SegmentPart, Step } from './wire.ts'

/** A piece of the text: what was decided together, and who carried it. */
export interface Segment {
  readonly text: string
  readonly carrier: string | null
  /** The carrier's share of the piece: its responsibility, on average over the steps. */
  readonly share: number
  readonly certified: boolean
  readonly steps: readonly Step[]
  /** When it was decided, where the gateway tells. */
  readonly atMs: number | null
}

export function toSegment(text: string, part: SegmentPart | null): Segment {
  if (part === null) return { text, carrier: null, share: 0, certified: true, steps: [], atMs: null }
  const { carrier, steps, at_ms } = part
  return {
    text,
    carrier,
    share: mean(steps.map(({ members }) => members.find(({ id }) => id === carrier)?.responsibility ?? 0)),
    certified: steps.every(({ certified }) => certified),
    steps,
    atMs: at_ms ?? null,
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

export function isSegmentPart(part: SegmentPart | Diagnosis): part is SegmentPart {
  return 'carrier' in part
}

/** The step at which the members are furthest from one another (Jensen–Shannon): the first worth a look. */
export function mostDivergentStep({ steps }: Pick<Segment, 'steps'>): number {
  return steps.reduce(
    (best, step, index) => (step.jensen_shannon > (steps[best]?.jensen_shannon ?? 0) ? index : best),
    0,
  )
}

/**
 * How strongly a piece is shaded, in [0, 1]: 0 where the carrier has no more than an equal share of all, 1 where it carried the
 * piece alone. Most shares are near the equal one, so differences count more there.
 */
export function shadeOf(share: number, members: number): number {
  if (members < 2) return 1
  const equal = 1 / members
  return Math.min(1, Math.max(0, (share - equal) / (1 - equal))) ** 0.7
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** What a decided symbol is called: its text where bytes have one alone, else its number. */
export function nameOfSymbol(symbol: number | 'end', granularity: 'byte' | 'token'): string {
  if (symbol === 'end') return 'end of text'
  if (granularity === 'token') return `token ${symbol}`
  if (symbol >= 0x80) return `byte ${symbol.toString(16).toUpperCase()}`
  return visible(decoder.decode(Uint8Array.of(symbol)))
}

/** White space and control characters as signs that can be seen. */
export function visible(text: string): string {
  return text
    .replaceAll(' ', '␣')
    .replaceAll('\n', '⏎')
    .replaceAll('\t', '⇥')
    .replaceAll('\r', '␍')
    .replaceAll(/\p{Cc}/gu, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
