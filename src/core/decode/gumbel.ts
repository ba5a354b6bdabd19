/** Finaliser of MurmurHash3 (Appleby, public domain): every input bit changes every output bit. */
function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function hash(seed: number, step: number, symbol: number, lane: number): number {
  let h = mix(seed ^ 0x9e3779b9)
  h = mix(h ^ Math.floor(seed / 2 ** 32))
  h = mix(Math.imul(h, 31) + step)
  h = mix(Math.imul(h, 31) + symbol)
  return mix(Math.imul(h, 31) + lane) >>> 0
}

/** A number in (0, 1) that depends on nothing but (seed, step, symbol). `seed` is an integer of at most 53 bits. */
export function uniform(seed: number, step: number, symbol: number): number {
  const high = hash(seed, step, symbol, 0) >>> 5
  const low = hash(seed, step, symbol, 1) >>> 6
  return (high * 2 ** 26 + low + 0.5) / 2 ** 53
}

/**
 * Standard Gumbel noise for one symbol of one step. The argmax of log q(x) + noise is a sample of q (Gumbel-max), and
 * it is the same sample for whoever holds the same q, whatever was drafted before (Daliri et al. 2024).
 */
export function gumbel(seed: number, step: number, symbol: number): number {
  return -Math.log(-Math.log(uniform(seed, step, symbol)))
}
