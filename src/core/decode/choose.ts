import type { Fused } from '../pool/bounded.ts'
import { gumbel } from './gumbel.ts'
import { type Warp, warp } from './warp.ts'

export interface Choice {
  readonly symbol: number
  /** The symbol is the same whatever the lists hide. */
  readonly certified: boolean
}

/**
 * The symbol with the largest log q(x)/T + G(seed, step, x), G = 0 when greedy. Of equals the pool's tiebreak takes the
 * larger, else the first.
 *
 * It is certified when its lower bound beats every other symbol's upper bound under the same noise. Under a filter
 * (top-p, min-p) the set of symbols itself depends on what the lists hide, so only a choice that no filter could
 * touch is certified: the likeliest symbol for certain, which every filter keeps, with all others judged unfiltered.
 */
export function choose(
  fused: Omit<Fused, 'missing'>,
  options: Warp & { readonly seed: number; readonly step: number },
): Choice {
  const { temperature, seed, step } = options
  const scores = warp(fused.probabilities, options)
  const noise = (symbol: number) => (temperature > 0 ? gumbel(seed, step, symbol) : 0)
  let symbol = -1
  let best = Number.NEGATIVE_INFINITY
  for (let x = 0; x < scores.length; x++) {
    const score = scores[x] as number
    if (score === Number.NEGATIVE_INFINITY) continue
    const noisy = score + noise(x)
    if (noisy > best || symbol < 0 || (noisy === best && breaksTie(fused.tiebreak, x, symbol))) {
      symbol = x
      best = noisy
    }
  }
  const scale = temperature > 0 ? 1 / temperature : 1
  const filtered = options.topP < 1 || options.minP > 0
  const own = fused.low[symbol] as number
  const ownScore = Math.log(own) * scale + noise(symbol)
  // A tie goes to the first symbol, so one that comes later may draw level. What a tiebreak decides has bounds of its
  // own, which are not known here.
  const surely = (other: number, x: number) =>
    other < ownScore || (other === ownScore && x > symbol && fused.tiebreak === undefined)
  let certified = own > 0
  for (let x = 0; x < scores.length && certified; x++) {
    const high = fused.high[x] as number
    if (x === symbol || high === 0) continue
    if (filtered && high > own) certified = false
    else certified = surely(Math.log(high) * scale + noise(x), x)
  }
  return { symbol, certified }
}

function breaksTie(tiebreak: Float64Array | undefined, x: number, symbol: number): boolean {
  return tiebreak !== undefined && (tiebreak[x] as number) > (tiebreak[symbol] as number)
}
