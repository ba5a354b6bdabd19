import { type Foretold, leastLogProb } from '../../core/learn/foretold.ts'
import { TuttiError } from '../../errors.ts'
import { followRow, inLanes } from './follow-row.ts'
import type { OpenEnsemble } from './open-ensemble.ts'
import type { TextRow } from './read-rows.ts'

/** Rows that are walked at once: members batch. */
export const lanes = 4

/** Most bytes that whole distributions may take. */
const mostBytes = 2 ** 31

interface ForetellOptions {
  /** Keep whole distributions, not just what was foretold of the symbol that came. */
  readonly whole: boolean
  readonly onRow: (bytes: number) => void
}

/**
 * What the members foretell along texts, as the fits take it. Without whole distributions the alphabet is the one symbol
 * that came.
 *
 * @throws TuttiError `invalid_request` when whole distributions of these texts would not fit into memory.
 */
export async function foretellTexts(
  open: OpenEnsemble,
  rows: readonly TextRow[],
  { whole, onRow }: ForetellOptions,
): Promise<Foretold> {
  const members = open.ensemble.seats.map((_, m) => m)
  const found = rows.map(() => ({ outcomes: [] as number[], logProbs: members.map((): Float32Array[] => []) }))
  let held = 0
  let size = 1
  await inLanes(rows, lanes, async (row, index, signal) => {
    const own = found[index] as (typeof found)[number]
    await followRow(open, row, signal, ({ conditionals, symbol }) => {
      own.outcomes.push(whole ? symbol : 0)
      conditionals.forEach(({ probabilities }, m) => {
        const kept = whole ? probabilities : probabilities.subarray(symbol, symbol + 1)
        size = kept.length
        held += 4 * size
        own.logProbs[m]?.push(Float32Array.from(kept, (p) => Math.max(leastLogProb, Math.log(p))))
      })
      if (held > mostBytes) throw tooLarge()
    })
    onRow(Buffer.byteLength(row.text))
  })
  return {
    size,
    outcomes: Int32Array.from(found.flatMap(({ outcomes }) => outcomes)),
    logProbs: members.map((m) => joined(found.flatMap(({ logProbs }) => logProbs[m] ?? []))),
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function tooLarge(): TuttiError {
  return new TuttiError(
    'invalid_request',
    `the members' distributions along these texts take more than ${mostBytes / 2 ** 30} GiB; learn from fewer, or with --method em`,
    { param: 'data' },
  )
}
