import { expect, test } from 'vitest'
import { suspecting } from '../../src/compose/suspecting-observer.ts'
import { silentObserver } from '../../src/ensemble/observer.ts'
import { type ErrorCode, errorTable } from '../../src/errors.ts'

const outcomes = ['ok', ...(Object.keys(errorTable) as ErrorCode[])]

test('a member that could not be reached is suspected, a late one doubted, no other; the call is still observed', () => {
  const suspected: string[] = []
  let doubts = 0
  const observed: string[] = []
  const observer = suspecting(
    { ...silentObserver, memberCall: ({ outcome }) => observed.push(outcome) },
    { suspect: (_member, reason) => suspected.push(reason), doubt: () => doubts++ },
  )
  for (const outcome of outcomes) observer.memberCall({ member: 'a', outcome, seconds: 0 })
  expect(observed).toEqual(outcomes)
  expect(suspected).toEqual(
    ['member_unreachable', 'member_unavailable', 'circuit_open'].map((code) => `its last call failed (${code})`),
  )
  expect(doubts).toBe(1)
})
