import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StopMatcher } from '../../../src/core/decode/stopping.ts'

function run(stops: readonly string[], pieces: readonly string[]): { text: string; stopped: boolean } {
  const matcher = new StopMatcher(stops)
  let text = ''
  for (const piece of pieces) {
    const release = matcher.push(piece)
    text += release.text
    if (release.stopped) return { text, stopped: true }
  }
  return { text: text + matcher.flush(), stopped: false }
}

const small = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 12 })

/** The first place at which some stop string is complete, and where the longest of those begins. */
function cutOf(whole: string, stops: readonly string[]): number {
  for (let end = 1; end <= whole.length; end++) {
    const done = stops.filter((stop) => stop.length > 0 && whole.slice(0, end).endsWith(stop))
    if (done.length > 0) return end - Math.max(...done.map(({ length }) => length))
  }
  return -1
}

test('however a text is cut into pieces, it ends before the stop string that is complete first', () => {
  fc.assert(
    fc.property(fc.array(small, { maxLength: 6 }), fc.array(small, { maxLength: 3 }), (pieces, stops) => {
      const whole = pieces.join('')
      const at = cutOf(whole, stops)
      const expected = at < 0 ? { text: whole, stopped: false } : { text: whole.slice(0, at), stopped: true }
      expect(run(stops, pieces)).toEqual(expected)
    }),
    { numRuns: 5000 },
  )
})

test('nothing that has begun a stop string is shown', () => {
  expect(run(['END', '\n\n'], ['one\n', '\ntwo END'])).toEqual({ text: 'one', stopped: true })
  expect(new StopMatcher(['END']).push('the E')).toEqual({ text: 'the ', stopped: false })
})

test('what was held back is given out once', () => {
  const matcher = new StopMatcher(['END'])
  matcher.push('the E')
  expect([matcher.flush(), matcher.flush(), matcher.push('ND').text]).toEqual(['E', '', 'ND'])
})

test('behind a stop string there is nothing left to give out', () => {
  const matcher = new StopMatcher(['END'])
  matcher.push('the E')
  expect(matcher.push('ND of')).toEqual({ text: '', stopped: true })
  expect(matcher.flush()).toBe('')
})

test('a text of whole characters is cut between them, and half a character is no stop string', () => {
  const characters = fc.constantFrom('a', 'é', '😀', '😁', '\u{10ffff}')
  const text = fc.string({ unit: characters, maxLength: 8 })
  fc.assert(
    fc.property(fc.array(text, { maxLength: 5 }), fc.array(text, { maxLength: 3 }), (pieces, stops) => {
      const matcher = new StopMatcher(stops)
      for (const piece of pieces) expect(matcher.push(piece).text.isWellFormed()).toBe(true)
      expect(matcher.flush().isWellFormed()).toBe(true)
    }),
  )
  for (const half of ['\udfff', 'a\ud83d']) {
    expect(() => new StopMatcher(['a', half])).toThrow(expect.objectContaining({ param: 'stop' }))
  }
})
