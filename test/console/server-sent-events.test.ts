import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readEvents } from '../../src/console/server-sent-events.ts'

const data = fc.array(fc.json(), { maxLength: 8 })
const ending = fc.constantFrom('\n', '\r\n')

test('every cutting of a stream gives the same events', () => {
  fc.assert(
    fc.property(data, ending, fc.array(fc.nat(400), { maxLength: 10 }), (events, end, cuts) => {
      const whole = events.map((one) => `: keep alive${end}data: ${one}${end}${end}`).join('')
      const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length]
      const read = readEvents()
      const found = places.slice(1).flatMap((place, index) => read(whole.slice(places[index], place)))
      expect(found).toEqual(events)
    }),
  )
})

test('lines of data of one event are one text; other fields say nothing', () => {
  expect(readEvents()('event: x\nid: 7\ndata: a\ndata:b\ndata\n\n')).toEqual(['a\nb'])
})

test('an event whose blank line has not come is not whole', () => {
  const read = readEvents()
  expect(read('data: a\n')).toEqual([])
  expect(read('\n')).toEqual(['a'])
})
