/** Finaliser of MurmurHash3 (Appleby, public domain): every input bit changes every output bit. */
function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** What seed and step give to the noise of every symbol: two words of 32 bits. */
export interface StepKey {
  readonly high: number
  readonly low: number
}

/** `seed` is an integer of at most 53 bits. */
export function stepKey(seed: number, step: number): StepKey {
  const ofSeed = mix(mix(seed ^ 0x9e3779b9) ^ Math.floor(seed / 2 ** 32))
  const high = mix(Math.imul(ofSeed, 31) + step)
  return { high, low: mix(Math.imul(high, 31) + 0x9e3779b9) }
}

/** No `uniformAt` of the same key and symbol exceeds this, which takes half as long. */
export function uniformAtMost({ high }: StepKey, symbol: number): number {
  return ((mix(Math.imul(high, 31) + symbol) >>> 5) + 1) / 2 ** 27
}

/** A number in (0, 1) that depends on nothing but (seed, step, symbol). */
export function uniformAt({ high, low }: StepKey, symbol: number): number {
  const upper = mix(Math.imul(high, 31) + symbol) >>> 5
  const lower = mix(Math.imul(low, 31) + symbol) >>> 6
  return (upper * 2 ** 26 + lower + 0.5) / 2 ** 53
}

export function uniform(seed: number, step: number, symbol: number): number {
  return uniformAt(stepKey(seed, step), symbol)
}
