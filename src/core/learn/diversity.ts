/** How often two members were right, over the same places. */
export interface PairTable {
  readonly both: number
  readonly onlyFirst: number
  readonly onlySecond: number
  readonly neither: number
}

/** How unlike two members' mistakes are (Kuncheva & Whitaker 2003). */
export interface PairDiversity {
  /** Share of places at which exactly one is right. */
  readonly disagreement: number
  /** Yule's Q: 1 when they are right together, 0 when independent, −1 when never together; null where undefined. */
  readonly q: number | null
  /** Correlation of their mistakes; null when one is always right, or never. */
  readonly errorCorrelation: number | null
}

export function tableOf(first: readonly boolean[], second: readonly boolean[]): PairTable {
  const count = (a: boolean, b: boolean) => first.filter((own, place) => own === a && second[place] === b).length
  return {
    both: count(true, true),
    onlyFirst: count(true, false),
    onlySecond: count(false, true),
    neither: count(false, false),
  }
}

export function addTables(a: PairTable, b: PairTable): PairTable {
  return {
    both: a.both + b.both,
    onlyFirst: a.onlyFirst + b.onlyFirst,
    onlySecond: a.onlySecond + b.onlySecond,
    neither: a.neither + b.neither,
  }
}

export function diversityOf({ both, onlyFirst, onlySecond, neither }: PairTable): PairDiversity {
  const [alike, unlike] = [both * neither, onlyFirst * onlySecond]
  const margins = (both + onlyFirst) * (onlySecond + neither) * (both + onlySecond) * (onlyFirst + neither)
  return {
    disagreement: (onlyFirst + onlySecond) / (both + onlyFirst + onlySecond + neither),
    q: alike + unlike > 0 ? (alike - unlike) / (alike + unlike) : null,
    errorCorrelation: margins > 0 ? (alike - unlike) / Math.sqrt(margins) : null,
  }
}

/** Share of places at which some member is right: what the best choice of a member at each place would reach. */
export function oracleAccuracy(right: readonly (readonly boolean[])[]): number {
  const places = right[0]?.length ?? 0
  let found = 0
  for (let place = 0; place < places; place++) if (right.some((own) => own[place])) found++
  return found / places
}
