import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { answerTogether } from '../../src/ensemble/answer/answer.ts'
import { choosesAnswers, planText } from '../../src/ensemble/answer/plan-text.ts'
import { timeLimit } from '../../src/ensemble/within-deadline.ts'
import { talker } from './answer/talker.ts'
import { directoryOf, runOptions } from './toy-member.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a time limit aborts when it is over, as one of the platform does', () => {
  const { signal } = timeLimit(50)
  vi.advanceTimersByTime(49)
  expect(signal.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
})

test('one that has ended leaves no timer, and never aborts', () => {
  const limit = timeLimit(50)
  limit.end()
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(100)
  expect(limit.signal.aborted).toBe(false)
})

test('a request that chooses among answers leaves no timer behind', async () => {
  const strategy = { kind: 'majority', samples: 2, canonicalise: 'exact', utility: 'chrf' } as const
  const directory = await directoryOf([talker('a', 'yes'), talker('b', 'no')], { strategy, deadlineMs: 60_000 })
  const prompt = { messages: [{ role: 'user', content: 'Is it so?' }], prefill: '' }
  const asked = { model: 'toys', prompt, promptParam: 'messages', maxTokens: 5, stop: [], diagnostics: 'none' } as const
  const before = vi.getTimerCount()
  const plan = planText(directory, asked, 1)
  if (!choosesAnswers(plan)) throw new Error('planned to be fused')
  for await (const _ of answerTogether(plan, runOptions()));
  expect(vi.getTimerCount()).toBe(before)
})
