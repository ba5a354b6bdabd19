import { expect, test } from 'vitest'
import type { CompletedList } from '../../src/core/lattice/completed-list.ts'
import type { Place } from '../../src/worker/bytes/place.ts'
import { PlaceCache } from '../../src/worker/bytes/place-cache.ts'

function list(size: number): CompletedList {
  return { ranks: new Int32Array(size), probabilities: new Float64Array(size) } as unknown as CompletedList
}

function place(...lists: CompletedList[]): Place {
  return { lattice: { contexts: () => lists.map((one) => ({ list: one })) } } as unknown as Place
}

const roomy = { places: 100, bytes: 1 << 20 }
const bytes = (text: string) => Buffer.from(text)

test('the longest known beginning is found, of the same start only', () => {
  const cache = new PlaceCache(roomy)
  const [none, some] = [place(), place()]
  cache.put('a', bytes(''), none)
  cache.put('a', bytes('the'), some)
  expect(cache.find('a', bytes('then'))).toEqual({ place: some, length: 3 })
  expect(cache.find('a', bytes('the'))).toEqual({ place: some, length: 3 })
  expect(cache.find('a', bytes('th'))).toEqual({ place: none, length: 0 })
  expect(cache.find('b', bytes('the'))).toBe(null)
})

test('the least recently used place is given up first', () => {
  const cache = new PlaceCache({ ...roomy, places: 2 })
  const [one, two, three] = [place(), place(), place()]
  cache.put('', bytes('x'), one)
  cache.put('', bytes('xy'), two)
  cache.find('', bytes('x'))
  cache.put('', bytes('z'), three)
  expect(cache.places).toBe(2)
  expect(cache.find('', bytes('xy'))).toEqual({ place: one, length: 1 })
  expect(cache.find('', bytes('z'))).toEqual({ place: three, length: 1 })
})

test('a list that several places hold is counted once, and until the last of them goes', () => {
  const shared = list(1000)
  const cache = new PlaceCache({ places: 2, bytes: 1 << 20 })
  cache.put('', bytes('a'), place(shared))
  const one = cache.bytes
  cache.put('', bytes('b'), place(shared))
  expect(cache.bytes - one).toBeLessThan(12_000)
  cache.put('', bytes('c'), place())
  expect(cache.bytes).toBeGreaterThan(12_000)
  cache.put('', bytes('d'), place())
  expect(cache.bytes).toBeLessThan(12_000)
})

test('places beyond the bytes are given up', () => {
  const cache = new PlaceCache({ places: 100, bytes: 40_000 })
  for (let i = 0; i < 50; i++) cache.put('', Uint8Array.of(i), place(list(1000)))
  expect(cache.bytes).toBeLessThanOrEqual(40_000)
  expect(cache.find('', Uint8Array.of(49))).not.toBe(null)
})
