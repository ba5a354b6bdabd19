import { expect, test } from 'vitest'
import { defineDirectory } from '../../src/compose/directory.ts'
import { parseConfig } from '../../src/config/parse.ts'
import type { MemberState } from '../../src/ensemble/ensemble.ts'

const config = parseConfig(
  `
members:
  a: { kind: onnx, url: 'http://a' }
  b: { kind: onnx, url: 'http://b' }
ensembles:
  both: { members: [{ id: a, weight: 1 }, { id: b, weight: 3 }], quorum: 2, sampling: { temperature: 0 } }
  one: { members: [{ id: b }] }
`,
  { file: 'x.yaml', folder: '/', env: {} },
)
const states = new Map(
  config.members.map(({ id }) => [
    id,
    { member: { id }, probe: () => null, down: () => null } as unknown as MemberState,
  ]),
)

test('every ensemble of the configuration has its seats in order with their weights, and members are shared', () => {
  const directory = defineDirectory(config.ensembles, states)
  const both = directory.ensembles.get('both')
  expect(both?.seats.map(({ member, weight }) => [member.id, weight])).toEqual([
    ['a', 0.25],
    ['b', 0.75],
  ])
  expect(both).toMatchObject({ lead: 1, quorum: 2, sampling: { temperature: 0 } })
  expect(directory.ensembles.get('one')?.seats[0]?.member).toBe(both?.seats[1]?.member)
  expect(directory.state('a')).toBe(states.get('a'))
})

test('the state of a member that does not exist is a fault, not undefined', () => {
  expect(() => defineDirectory([], states).state('c')).toThrow('no member has the id "c"')
})
