import { uniform } from '../decode/noise.ts'

/** An estimate with the ends of its confidence interval. */
export interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

interface BootstrapOptions {
  readonly seed: number
  readonly resamples?: number
  /** Share of intervals that hold the truth. */
  readonly level?: number
}

/**
 * Percentile interval of a statistic over documents (bootstrap, Efron 1979; paired by document, Koehn 2004): documents are
 * drawn with replacement, each with all that was measured on it, so that what two ensembles have in common cancels out.
 *
 * @param statistic of documents that count as often as they were drawn.
 */
export function bootstrapInterval(
  documents: number,
  statistic: (counts: Float64Array) => number,
  { seed, resamples = 2000, level = 0.95 }: BootstrapOptions,
): Interval {
  const counts = new Float64Array(documents)
  const drawn = Float64Array.from({ length: resamples }, (_, resample) => {
    counts.fill(0)
    for (let draw = 0; draw < documents; draw++) {
      const chosen = Math.floor(uniform(seed, resample, draw) * documents)
      counts[chosen] = (counts[chosen] as number) + 1
    }
    return statistic(counts)
  }).sort()
  return {
    estimate: statistic(counts.fill(1)),
    low: quantile(drawn, (1 - level) / 2),
    high: quantile(drawn, (1 + level) / 2),
  }
}

/** Of sorted values, between neighbours in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const below = sorted[Math.floor(at)] as number
  const above = sorted[Math.ceil(at)] as number
  return below + (at - Math.floor(at)) * (above - below)
}

/** One document as two contenders saw it: losses, or whatever is to be small. */
export interface Pair {
  readonly loss: number
  readonly reference: number
}

/** 1 − Σ loss / Σ reference: the share by which the one loses less than the other. */
export function relativeGain(pairs: readonly Pair[], options: BootstrapOptions): Interval {
  return bootstrapInterval(
    pairs.length,
    (counts) => {
      let [loss, reference] = [0, 0]
      pairs.forEach((pair, index) => {
        loss += (counts[index] as number) * pair.loss
        reference += (counts[index] as number) * pair.reference
      })
      return 1 - loss / reference
    },
    options,
  )
}

/** Σ of what was gained per unit of size, e.g. answers that became right, or bits a byte. */
export function ratioInterval(
  documents: readonly { readonly value: number; readonly size: number }[],
  options: BootstrapOptions,
): Interval {
  return bootstrapInterval(
    documents.length,
    (counts) => {
      let [value, size] = [0, 0]
      documents.forEach((document, index) => {
        value += (counts[index] as number) * document.value
        size += (counts[index] as number) * document.size
      })
      return value / size
    },
    options,
  )
}
