import { expect, test } from 'vitest'
import { drive } from './drive.ts'
import type { Outcome } from './outcome.ts'
import { schedule } from './schedule.ts'
import type { Answered } from './send.ts'

const ok: Answered = { code: 'ok', textTimes: [], degraded: false, members: [] }
const requests = [{ name: 'one', weight: 1, path: '/', body: {}, prompts: ['a', 'b'], optional: false }]
const now = () => performance.now()

async function outcomesOf(
  rate: number,
  seconds: number,
  send: (path: string, body: object, signal: AbortSignal) => Promise<Answered>,
  timeoutMs = 10_000,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const sender = { send, close: async () => {} }
  await drive(schedule(rate, seconds, [1]), {
    requests,
    sender,
    timeoutMs,
    now,
    onOutcome: (outcome) => outcomes.push(outcome),
  })
  return outcomes.toSorted((a, b) => a.dueMs - b.dueMs)
}

test('a server that stops for a while slows down every request that was due meanwhile, though they are sent all the same', async () => {
  const started = performance.now()
  let sent = 0
  const outcomes = await outcomesOf(50, 1, async () => {
    sent++
    // It answers nobody for half a second.
    const wait = 500 - (performance.now() - started)
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    return ok
  })
  expect(sent).toBe(50)
  // The closed loop of a usual load test would have sent one request in that time, and reported one slow answer.
  expect(outcomes.filter(({ latencyMs }) => latencyMs > 100).length).toBeGreaterThanOrEqual(18)
  expect(outcomes[0]!.latencyMs).toBeGreaterThan(450)
})

test('time in which the load test itself was held up counts as latency, and is told', async () => {
  const outcomes = await outcomesOf(100, 0.3, async () => {
    const until = performance.now() + 30
    while (performance.now() < until);
    return ok
  })
  const last = outcomes.at(-1)!
  // Each keeps the one thread for 30 ms, and one is due every 10.
  expect(last.lateMs).toBeGreaterThan(400)
  expect(last.latencyMs).toBeGreaterThanOrEqual(last.lateMs)
})

test('a request that takes longer than it may has failed, as one that throws has', async () => {
  const never = (_path: string, _body: object, signal: AbortSignal) =>
    new Promise<Answered>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  expect((await outcomesOf(5, 1, never, 50)).map(({ code }) => code)).toEqual(Array(5).fill('timeout'))
  const refused = async () => {
    throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' })
  }
  expect((await outcomesOf(5, 1, refused)).map(({ code }) => code)).toEqual(Array(5).fill('ECONNREFUSED'))
})

test('prompts take turns, and texts of a stream give its first token and gaps from when it was due', async () => {
  const prompts: unknown[] = []
  const outcomes = await outcomesOf(4, 1, async (_path, body) => {
    prompts.push((body as { prompt: string }).prompt)
    const time = performance.now()
    return { ...ok, textTimes: [time, time + 5, time + 20] }
  })
  expect(prompts).toEqual(['a', 'b', 'a', 'b'])
  for (const { firstTextMs, gapsMs, lateMs } of outcomes) {
    expect(firstTextMs).toBeGreaterThanOrEqual(lateMs)
    expect(gapsMs.map(Math.round)).toEqual([5, 15])
  }
})
