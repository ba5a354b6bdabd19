import type { ScoredSegment } from './wire.ts'

/** The fused distribution as a source: what no member can be called. */
export const fused = '*'

/** Whose bits are shown: those of the fused distribution, or of a member by its id. */
export type Source = typeof fused | (string & {})

/** A source as a person reads it; ids have no blanks. */
export function nameOfSource(source: Source): string {
  return source === fused ? 'the ensemble' : source
}

/** Bits per byte of a piece; null where it was held for impossible, or the member has none. */
export function bitsPerByte({ bytes, log_prob, members }: ScoredSegment, source: Source): number | null {
  const own = source === fused ? log_prob : (members.find(({ id }) => id === source)?.log_prob ?? null)
  return own === null || bytes.length === 0 ? null : (own === 0 ? 0 : -own / Math.LN2) / bytes.length
}

/** Of each piece the bits per byte of one source less those of another; null where either has none. */
export function heatOf(segments: readonly ScoredSegment[], source: Source, less: Source | null): (number | null)[] {
  return segments.map((segment) => {
    const own = bitsPerByte(segment, source)
    if (less === null || own === null) return own
    const other = bitsPerByte(segment, less)
    return other === null ? null : own - other
  })
}

/**
 * Where the scale ends: the value that all but a twentieth of the pieces stay within, at least 1, so that one surprise doesn't make
 * all else pale.
 */
export function scaleOf(heat: readonly (number | null)[]): number {
  const sizes = heat.flatMap((value) => (value === null ? [] : [Math.abs(value)])).sort((a, b) => a - b)
  return Math.max(1, sizes[Math.ceil(sizes.length * 0.95) - 1] ?? 0)
}

/** Mean bits per byte from the beginning to the end of each piece; null once the text was held for impossible. */
export function runningBits(segments: readonly ScoredSegment[], source: Source): (number | null)[] {
  let bits = 0
  let bytes = 0
  return segments.map((segment) => {
    const own = bitsPerByte(segment, source)
    bits = own === null ? Number.NaN : bits + own * segment.bytes.length
    bytes += segment.bytes.length
    return Number.isNaN(bits) ? null : bits / bytes
  })
}
