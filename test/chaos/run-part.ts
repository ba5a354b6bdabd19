import { expect } from 'vitest'
import { inTurn } from '../../src/ensemble/in-turn.ts'
import { until } from '../worker/support.ts'
import { type Adapter, adapters } from './adapters.ts'
import { type Asker, defineAsker } from './ask.ts'
import type { Cell } from './cells.ts'
import type { Oracle } from './judge.ts'
import type { LagMeter } from './lag.ts'
import { type RouteName, routes } from './routes.ts'
import { type Found, recovered, runCell } from './run-cell.ts'
import { type Placed, type System, startSystem } from './system.ts'
import { type Times, timesFor } from './times.ts'

const cellsAtOnce = 10
const mostTries = 3
/** Milliseconds for what nobody waits for any more to end, on a busy machine. */
const endMs = 5_000

/** Runs the cells over one gateway, and looks at what they leave behind. */
export async function runPart(
  adapter: Adapter,
  cells: readonly Cell[],
  times: Times,
  lag: LagMeter,
): Promise<readonly Found[]> {
  const before = process.getActiveResourcesInfo()
  const found = await runCells(await startSystem(adapter, cells, times), lag)
  await until(() => left(before).length === 0, endMs).catch(() => {})
  expect(left(before)).toEqual([])
  return found
}

async function runCells(system: System, lag: LagMeter): Promise<readonly Found[]> {
  const asker = defineAsker(system.gateway.url, lag)
  try {
    const oracles = await askOracles(asker, new Set(system.placed.map(({ cell }) => cell.route)))
    const run = (placed: Placed) => runCell(system, placed, asker, oracles.get(placed.cell.route) as Oracle)
    const found = await inTurn(system.placed, cellsAtOnce, run)
    // A busy machine is late by itself now and then, but not thrice, and not for one request at a time.
    for (const [index, placed] of system.placed.entries()) {
      for (let tries = 2; tries <= mostTries && found[index]?.why !== null; tries++) {
        await recovered(system, placed, asker)
        found[index] = { ...(await run(placed)), tries }
      }
    }
    expect(system.errors.filter((line) => line.includes('internal'))).toEqual([])
    // Nobody works on for a request that is over.
    await until(() => system.proxies.every(({ waiting }) => waiting === 0), endMs)
    for (const placed of system.placed) {
      const { route, met, fault } = placed.cell
      if (route !== 'classify' || !met) continue
      expect(await recovered(system, placed, asker), `whole again after: ${fault.name}`).toBe(true)
    }
    await asker.close()
    await system.gateway.close()
    await until(() => system.proxies.every(({ connections }) => connections === 0), endMs)
    return found
  } finally {
    await asker.close().catch(() => {})
    await system.gateway.close().catch(() => {})
    await system.close()
  }
}

async function askOracles(asker: Asker, names: ReadonlySet<RouteName>): Promise<Map<RouteName, Oracle>> {
  const oracles = new Map<RouteName, Oracle>()
  for (const name of names) {
    const route = routes[name]
    const [all, sound] = await Promise.all(['all', 'sound'].map((model) => asker.ask(route, model, 20_000)))
    if (all?.status !== 200 || sound?.status !== 200) throw new Error(`${name}: ${all?.body} ${sound?.body}`)
    oracles.set(name, { all: route.read(all.body), sound: route.read(sound.body) })
  }
  return oracles
}

/** Times for this machine as it is now: by how long nine in ten answers take with nothing wrong, with as many at a time as there will be. */
export async function measureTimes(lag: LagMeter): Promise<Times> {
  const system = await startSystem(adapters.find(({ name }) => name === 'llamacpp')!, [], timesFor(0))
  const asker = defineAsker(system.gateway.url, lag)
  try {
    const asked = Array.from({ length: 6 * cellsAtOnce }, (_, index) => routes[index % 2 ? 'completion' : 'score'])
    const took = await inTurn(asked, cellsAtOnce, async (route) => (await asker.ask(route, 'all', 60_000)).ms)
    // The first ones wait for connections and the compiler.
    const warm = took.slice(took.length / 2).toSorted((a, b) => a - b)
    return timesFor(warm[Math.floor(0.9 * warm.length)]!)
  } finally {
    await asker.close()
    await system.gateway.close()
    await system.close()
  }
}

/** Kinds of what the process holds open, of which there are more than before. */
function left(before: readonly string[]): string[] {
  const counts = Map.groupBy(before, (kind) => kind)
  const now = Map.groupBy(process.getActiveResourcesInfo(), (kind) => kind)
  return [...now].flatMap(([kind, list]) => list.slice(counts.get(kind)?.length ?? 0))
}
