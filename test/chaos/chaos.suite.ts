import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeSection } from '../bench/write-section.ts'
import { liveBytes } from '../fuzz/live-bytes.ts'
import { adapters } from './adapters.ts'
import { cellsOf, type LeftOut } from './cells.ts'
import { type LagMeter, startLagMeter } from './lag.ts'
import type { Found } from './run-cell.ts'
import { measureTimes, runPart } from './run-part.ts'
import { report } from './table.ts'
import type { Times } from './times.ts'

// Of one kind of member alone: CHAOS_ONLY=vllm. The table into docs/resilience.md: CHAOS_WRITE=1.
const only = process.env['CHAOS_ONLY']
const chosen = adapters.filter(({ name }) => only === undefined || name === only)
/** Cells of one gateway. */
const batch = 112

const found: Found[] = []
const leftOut: LeftOut[] = []
const deadlines: number[] = []
const heaps: number[] = []
let lag: LagMeter

beforeAll(() => {
  lag = startLagMeter()
})
afterAll(() => {
  lag.stop()
  const text = report(found, leftOut, { adapters: chosen.length, deadlines, heaps })
  console.log(text)
  if (process.env['CHAOS_WRITE'] === '1') writeSection('docs/resilience.md', 'chaos', text)
})

describe.each(chosen)('$name', (adapter) => {
  let times: Times
  beforeAll(async () => {
    times = await measureTimes(lag)
    deadlines.push(times.deadlineMs)
  })

  const { cells, leftOut: apart } = cellsOf(adapter)
  leftOut.push(...apart)
  const parts = Array.from({ length: Math.ceil(cells.length / batch) }, (_, at) => ({
    part: at + 1,
    cells: cells.slice(at * batch, (at + 1) * batch),
  }))

  test.each(parts)(
    'every fault is borne or told, and nothing of it is left: part $part',
    { timeout: 600_000 },
    async ({ cells: own }) => {
      const part = await runPart(adapter, own, times, lag)
      found.push(...part)
      const wrong = part.filter(({ why }) => why !== null)
      const told = wrong.map(
        ({ fault, route, met, why }) => `${fault.name}, ${route}, quorum ${met ? 'met' : 'not met'}: ${why}`,
      )
      expect(told).toEqual([])
    },
  )
})

/** Bytes by which what lives may differ by chance: code that is compiled, pools that are kept. */
const spareBytes = 4 << 20

test('what lives in memory after all faults, again and again, does not grow', { timeout: 600_000 }, async () => {
  const adapter = adapters.find(({ name }) => name === 'llamacpp')!
  const cells = cellsOf(adapter).cells.filter(({ route, met }) => met && (route === 'predict' || route === 'stream'))
  const times = await measureTimes(lag)
  for (let round = 0; round < 5; round++) {
    await runPart(adapter, cells, times, lag)
    heaps.push(liveBytes())
  }
  // Over the first two rounds everything is still being warmed up.
  expect(heaps.at(-1)! - heaps[1]!).toBeLessThan(spareBytes)
})
