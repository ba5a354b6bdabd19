import type { Adapter } from './adapters.ts'
import { type Fault, faults } from './faults.ts'
import { type RouteName, routeNames } from './routes.ts'

/** One combination of the suite. */
export interface Cell {
  readonly fault: Fault
  readonly route: RouteName
  /** Whether the healthy members are enough for the quorum. */
  readonly met: boolean
}

/** One that is left out, with the reason. */
export interface LeftOut extends Cell {
  readonly reason: string
}

/** All combinations of an adapter, those apart that can't be. */
export function cellsOf(adapter: Adapter): { readonly cells: readonly Cell[]; readonly leftOut: readonly LeftOut[] } {
  const cells: Cell[] = []
  const leftOut: LeftOut[] = []
  for (const fault of faults) {
    for (const route of routeNames) {
      const reason = adapter.apart[route] ?? fault.unmet?.(adapter, route) ?? null
      for (const met of [true, false]) {
        if (reason === null) cells.push({ fault, route, met })
        else leftOut.push({ fault, route, met, reason })
      }
    }
  }
  return { cells, leftOut }
}
