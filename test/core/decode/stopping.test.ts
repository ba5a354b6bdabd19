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

test('however a text is cut into pieces, it ends before its first stop string', () => {
  fc.assert(
    fc.property(fc.array(small, { maxLength: 6 }), small, (pieces, stop) => {
      const whole = pieces.join('')
      const at = stop.length > 0 ? whole.indexOf(stop) : -1
      expect(run([stop], pieces)).toEqual(
        at < 0 ? { text: whole, stopped: false } : { text: whole.slice(0, at), stopped: true },
      )
    }),
    { numRuns: 2000 },
  )
})

test('of several stop strings the first to be met counts, and nothing that began one is shown', () => {
  expect(run(['END', '\n\n'], ['one\n', '\ntwo END'])).toEqual({ text: 'one', stopped: true })
  expect(new StopMatcher(['END']).push('the E')).toEqual({ text: 'the ', stopped: false })
})
