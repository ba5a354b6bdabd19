import { uniform } from '../../core/decode/noise.ts'

/** What every server takes for a seed: 31 bits. */
const seeds = 2 ** 31

/**
 * The seed of one sample of one member: by the member's id, not its place, so that who else takes part changes nobody's answers.
 */
export function candidateSeed(seed: number, member: string, sample: number): number {
  return Math.floor(seeds * uniform(seed, sample, hashOf(member)))
}

/** FNV-1a (Fowler, Noll, Vo) of the UTF-8 bytes, 32 bits. */
function hashOf(text: string): number {
  return new TextEncoder().encode(text).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5 | 0)
}
