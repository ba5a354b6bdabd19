import { expect, test } from 'vitest'
import { endOf } from '../../src/ensemble/end-of.ts'
import { TuttiError } from '../../src/errors.ts'

test('a request ends with the error that its signal was aborted for, else since its client has gone', () => {
  const stopping = new TuttiError('stopping', 'the gateway stops')
  expect(endOf(AbortSignal.abort(stopping))).toBe(stopping)
  expect(endOf(AbortSignal.abort())).toMatchObject({ code: 'client_closed' })
  expect(endOf(AbortSignal.abort(new Error('reset')))).toMatchObject({ code: 'client_closed' })
})
