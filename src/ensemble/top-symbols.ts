import type { Alphabet } from '../core/lattice/alphabet.ts'
import type { Bounded } from '../core/pool/bounded.ts'

export interface SymbolProbability {
  /** A byte 0–255 or a token id, by the granularity; or "end". */
  readonly symbol: number | 'end'
  /** The symbol as text where its bytes are whole characters, and printable for a single byte; else null. */
  readonly text: string | null
  readonly probability: number
  /** Bounds on what the probability is, whatever the lists hide. */
  readonly low: number
  readonly high: number
}

/** The likeliest symbols; equals in byte order. Impossible ones are left out. */
export function topSymbols(distribution: Bounded, top: number, alphabet: Alphabet): SymbolProbability[] {
  return likeliest(distribution.probabilities, top).map((x) => toSymbol(distribution, x, alphabet))
}

/** One symbol of a distribution, by its place in it. */
export function toSymbol({ probabilities, low, high }: Bounded, x: number, alphabet: Alphabet): SymbolProbability {
  return {
    symbol: x === alphabet.end ? 'end' : x,
    text: textOf(alphabet.bytesOf(x)),
    probability: probabilities[x] as number,
    low: low[x] as number,
    high: high[x] as number,
  }
}

/** Places of the largest values above 0, the largest first; of equals the first. Few are asked of many: no sort. */
export function likeliest(values: Float64Array, most: number): number[] {
  const best: number[] = []
  for (let x = 0; x < values.length; x++) {
    const value = values[x] as number
    if (!(value > 0)) continue
    if (best.length === most && value <= (values[best[most - 1] as number] as number)) continue
    let at = best.length
    while (at > 0 && (values[best[at - 1] as number] as number) < value) at--
    best.splice(at, 0, x)
    if (best.length > most) best.pop()
  }
  return best
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array): string | null {
  const [first] = bytes
  if (first === undefined) return null
  if (bytes.length === 1) return first < 0x20 || first >= 0x7f ? null : String.fromCharCode(first)
  try {
    return decoder.decode(bytes)
  } catch {
    // A token may end inside a character: it is no text by itself.
    return null
  }
}
