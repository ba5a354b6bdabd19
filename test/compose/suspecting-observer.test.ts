import { expect, test } from 'vitest'
import { suspecting } from '../../src/compose/suspecting-observer.ts'
import { silentObserver } from '../../src/ensemble/observer.ts'
import { type ErrorCode, errorTable } from '../../src/errors.ts'

const outcomes = ['ok', ...(Object.keys(errorTable) as ErrorCode[])]

test('only a member that could not be reached or was too slow is suspected; the call is still observed', () => {
  const suspected: string[] = []
  const observed: string[] = []
  const observer = suspecting(
    { ...silentObserver, memberCall: ({ outcome }) => observed.push(outcome) },
    (_member, reason) => suspected.push(reason),
  )
  for (const outcome of outcomes) observer.memberCall({ member: 'a', outcome, seconds: 0 })
  expect(observed).toEqual(outcomes)
  expect(suspected).toEqual(
    ['member_unreachable', 'member_unavailable', 'member_timeout'].map((code) => `its last call failed (${code})`),
  )
})
