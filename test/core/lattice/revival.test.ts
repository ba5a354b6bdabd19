import { expect, test } from 'vitest'
import { rootContext } from '../../../src/core/lattice/context.ts'
import { prunedSince } from '../../../src/core/lattice/revival.ts'

test('contexts come heaviest first, of equals the one pruned first, and none from before the position', () => {
  const context = rootContext(new Int32Array(0))
  const at = (position: number, logWeight: number) => ({ context, position, logWeight })
  const [old, light, heavy, equal] = [at(4, 0), at(5, -3), at(6, -1), at(7, -1)]
  expect(prunedSince([old, light, heavy, equal], 5)).toEqual([heavy, equal, light])
  expect(prunedSince([old], 5)).toEqual([])
})
