import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defineLlamacppMember } from '../../../src/members/llamacpp/define-llamacpp-member.ts'
import type { Member } from '../../../src/members/member.ts'
import { type Resilience, resilient } from '../../../src/members/resilient/resilient-member.ts'
import { signal, smallModel, steps } from '../../conformance/support.ts'
import type { Faults, Latency } from '../../wire/kit/faults.ts'
import { startTwin, type Twin } from '../../wire/kit/twin.ts'
import { scripted } from '../../wire/kit/twin-model.ts'
import { llamacpp } from '../../wire/llamacpp.ts'
import { until } from '../../worker/support.ts'
import { failure } from '../support.ts'

const path = [97, 98, 99, 97, 98, 99]
const model = scripted(smallModel(), 1, path)

const usual: Resilience = {
  limits: { firstTokenMs: 5_000, betweenTokensMs: 5_000, totalMs: null },
  retries: { most: 2, firstMs: 5, longestMs: 400, budget: 1 },
  hedge: null,
  breaker: { failures: 100, openMs: 200 },
  gate: null,
}

const closings: (() => Promise<void>)[] = []

async function started(options: Partial<Resilience> = {}, count = 1): Promise<{ member: Member; twins: Twin[] }> {
  const twins = await Promise.all(Array.from({ length: count }, () => startTwin(llamacpp, model)))
  const replicas = twins.map(({ url }) => {
    return defineLlamacppMember({ id: 'm', url, model: null, apiKey: null, tokenizer: null })
  })
  const surroundings = { clock: () => performance.now(), random: () => 0.5 }
  const member = resilient(replicas as [Member, ...Member[]], { ...usual, ...options }, surroundings)
  closings.push(() => member.close(), ...twins.map((twin) => () => twin.close()))
  await member.probe(signal)
  return { member, twins }
}

const calls = (twin: Twin) => twin.calls.filter(({ route }) => route === 'POST /completion').length
const read = (member: Member, maxTokens = 1) => steps(member, [100], maxTokens, 3)

async function during<T>(work: () => Promise<T>): Promise<[T, number]> {
  const from = performance.now()
  return [await work(), performance.now() - from]
}

/** Faults for some time, and none after it. */
function brieflyFaulty(twin: Twin, faults: Faults, ms: number): void {
  twin.faults = faults
  setTimeout(() => {
    twin.faults = {}
  }, ms)
}

/** Sockets and timers of this process. */
const held = () =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout' || kind.startsWith('TCP')).length
let before = 0
beforeEach(() => {
  before = held()
})
afterEach(async () => {
  for (const close of closings.splice(0)) await close()
  await until(() => held() <= before, 2_000)
})

describe('retries', () => {
  test('make a call again that failed before anything was taken, no sooner than the server asked', async () => {
    const { member, twins } = await started()
    const known = calls(twins[0]!)
    brieflyFaulty(twins[0]!, { refuse: { status: 503, retryAfter: '0.2' } }, 100)
    const [taken, ms] = await during(() => read(member))
    expect(taken).toHaveLength(1)
    expect(ms).toBeGreaterThanOrEqual(200)
    expect(calls(twins[0]!) - known).toBe(2)
  })

  test('are none where the server asks for a longer wait, where the call itself is wrong, and where there are none left', async () => {
    const { member, twins } = await started()
    for (const [faults, most] of [
      [{ refuse: { status: 429, retryAfter: '30' } }, 1],
      [{ refuse: { status: 400 } }, 1],
      [{ malformed: true }, 1],
      [{ refuse: { status: 503 } }, 3],
    ] satisfies [Faults, number][]) {
      const known = calls(twins[0]!)
      twins[0]!.faults = faults
      await failure(read(member))
      expect(calls(twins[0]!) - known).toBe(most)
    }
  })

  test('never follow what has been taken', async () => {
    const { member, twins } = await started({}, 2)
    const known = twins.map(calls)
    for (const twin of twins) twin.faults = { errorAfter: 2 }
    const taken: number[] = []
    const reading = (async () => {
      const options = { maxTokens: 6, topK: 3, signal }
      for await (const { token } of member.continue({ tokens: Int32Array.of(100) }, options)) taken.push(token)
    })()
    expect(await failure(reading)).toMatchObject({ code: 'member_unavailable' })
    expect(taken).toEqual(path.slice(0, 2))
    expect(twins.map((twin, i) => calls(twin) - known[i]!)).toEqual([1, 0])
  })

  test('end with the caller, in the middle of a wait', async () => {
    const { member, twins } = await started()
    twins[0]!.faults = { refuse: { status: 503, retryAfter: '0.4' } }
    const controller = new AbortController()
    const context = { tokens: Int32Array.of(100) }
    const asked = failure(member.query!([context], { topK: 3, signal: controller.signal }))
    await sleep(50)
    const [error, ms] = await during(() => {
      controller.abort()
      return asked
    })
    expect(error).toMatchObject({ code: 'client_closed' })
    expect(ms).toBeLessThan(100)
  })
})

describe('the breaker', () => {
  test('opens, lets nothing through, tries with one call and closes', async () => {
    const { member, twins } = await started({
      retries: { ...usual.retries, most: 0 },
      breaker: { failures: 3, openMs: 150 },
    })
    const [twin] = twins as [Twin]
    const state = () => member.replicas!().map(({ breaker }) => breaker)
    twin.faults = { refuse: { status: 503 } }
    for (let i = 0; i < 3; i++) expect(await failure(read(member))).toMatchObject({ code: 'member_unavailable' })
    expect(state()).toEqual(['open'])
    const known = calls(twin)
    const refused = await failure(read(member))
    expect(refused).toMatchObject({ code: 'circuit_open', member: 'm', retryable: true })
    expect(calls(twin)).toBe(known)
    await until(() => state()[0] === 'half_open', 1_000)
    expect(await failure(read(member))).toMatchObject({ code: 'member_unavailable' })
    expect(state()).toEqual(['open'])
    twin.faults = {}
    await until(() => state()[0] === 'half_open', 1_000)
    expect(await read(member)).toHaveLength(1)
    expect(state()).toEqual(['closed'])
  })

  test('is of one replica: the others are called, and a probe that finds it again lets a call try', async () => {
    const { member, twins } = await started(
      { retries: { ...usual.retries, most: 0 }, breaker: { failures: 2, openMs: 60_000 } },
      2,
    )
    const [bad, good] = twins as [Twin, Twin]
    bad.faults = { refuse: { status: 503 } }
    for (let i = 0; i < 4; i++) expect(await read(member)).toHaveLength(1)
    expect(member.replicas!()).toEqual([
      { url: bad.url, breaker: 'open', down: null },
      { url: good.url, breaker: 'closed', down: null },
    ])
    const known = calls(bad)
    await read(member)
    expect(calls(bad)).toBe(known)
    bad.faults = {}
    await member.probe(signal)
    await read(member)
    expect(calls(bad)).toBe(known + 1)
    expect(member.replicas!().map(({ breaker }) => breaker)).toEqual(['closed', 'closed'])
  })
})

describe('time limits', () => {
  const none = { firstTokenMs: null, betweenTokensMs: null, totalMs: null }
  const retries = { ...usual.retries, most: 0 }
  test.each([
    ['the first token', { firstTokenMs: 100 }, { firstTokenMs: 3_000 }, 'no first token within 100 ms'],
    ['the next token', { firstTokenMs: 2_000, betweenTokensMs: 100 }, { perTokenMs: 3_000 }, 'no next token within'],
    ['all tokens', { totalMs: 150 }, { perTokenMs: 60 }, 'no end within'],
  ] satisfies [string, object, Latency, string][])('hold for %s', async (_what, limits, latency, says) => {
    const { member, twins } = await started({ limits: { ...none, ...limits }, retries })
    twins[0]!.latency = latency
    const [error, ms] = await during(() => failure(read(member, 6)))
    expect(error).toMatchObject({ code: 'member_timeout', member: 'm' })
    expect(error.message).toContain(says)
    expect(ms).toBeLessThan(400)
    await until(() => twins[0]!.left > 0, 1_000)
  })

  test('do not count the time in which nobody waits', async () => {
    const { member } = await started({ limits: { firstTokenMs: 500, betweenTokensMs: 500, totalMs: 500 }, retries })
    const taken: number[] = []
    const options = { maxTokens: 6, topK: 3, signal }
    for await (const { token } of member.continue({ tokens: Int32Array.of(100) }, options)) {
      taken.push(token)
      if (taken.length === 1) await sleep(700)
    }
    expect(taken).toEqual(path)
  })
})

test('a bulkhead lets no more calls through than it may, and sheds those that find the queue full', async () => {
  const { member, twins } = await started({ gate: { most: 2, waiting: 3 }, retries: { ...usual.retries, most: 0 } })
  twins[0]!.latency = { firstTokenMs: 60 }
  const known = calls(twins[0]!)
  const asked = Array.from({ length: 8 }, () =>
    read(member).then(
      ({ length }) => length,
      ({ code }) => code,
    ),
  )
  await sleep(40)
  expect(calls(twins[0]!) - known).toBe(2)
  const found = await Promise.all(asked)
  expect(found.filter((one) => one === 1)).toHaveLength(5)
  expect(found.filter((one) => one === 'member_busy')).toHaveLength(3)
})

describe('hedging', () => {
  test('takes the first answer of two replicas, and ends the other', async () => {
    const { member, twins } = await started({ hedge: { quantile: 0.9, leastMs: 30, afterCalls: 5 } }, 2)
    const [slow, quick] = twins as [Twin, Twin]
    for (let i = 0; i < 5; i++) await read(member)
    slow.latency = { firstTokenMs: 3_000 }
    const known = calls(quick)
    const [taken, ms] = await during(() => read(member, 6))
    expect(taken.map(({ token }) => token)).toEqual(path)
    expect(ms).toBeLessThan(1_000)
    expect(calls(quick)).toBeGreaterThan(known)
    await until(() => slow.left > 0, 1_000)
  })

  test('with one replica of three stalled 5 % of the time, the slowest hundredth is not as slow as without', async () => {
    const hedged = { quantile: 0.95, leastMs: 5, afterCalls: 20 }
    const p99 = []
    for (const hedge of [null, hedged]) {
      const { member, twins } = await started({ hedge }, 3)
      for (const twin of twins) twin.latency = { firstTokenMs: 4 }
      const latencies: number[] = []
      const caller = async (count: number) => {
        for (let i = 0; i < count; i++) latencies.push((await during(() => read(member)))[1])
      }
      await Promise.all([caller(10), caller(10), caller(10)])
      latencies.length = 0
      let pauses = 0
      // Two pauses a call of one token.
      twins[0]!.latency = { firstTokenMs: 4, jitterMs: () => (pauses++ % 40 === 39 ? 600 : 0) }
      await Promise.all([caller(100), caller(100), caller(100)])
      p99.push(latencies.sort((a, b) => a - b)[Math.floor(0.99 * latencies.length)]!)
    }
    console.log(`p99 of 300 calls: ${p99.map((ms) => ms.toFixed(0)).join(' ms, hedged ')} ms`)
    expect(p99[0]).toBeGreaterThan(600)
    expect(p99[1]).toBeLessThan(p99[0]! / 2)
  })
})
