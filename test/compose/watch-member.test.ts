import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { type Watch, type WatchOptions, watchMember } from '../../src/compose/watch-member.ts'
import { TuttiError } from '../../src/errors.ts'
import type { Member, Probe } from '../../src/members/member.ts'

const probe = { model: 'm', capabilities: { maxTopK: 100 } } as Probe
const watches: Watch[] = []
afterEach(() => {
  for (const watch of watches.splice(0)) watch.close()
})

/** A watched member whose probes do what `answer` says. */
function watched(answer: (signal: AbortSignal) => Promise<Probe>, options: Partial<WatchOptions> = {}) {
  const changes: (string | null)[] = []
  const member = { id: 'a', probe: answer } as unknown as Member
  const onChange = (reason: string | null) => changes.push(reason)
  const watch = watchMember(member, { topK: null, upMs: 10_000, downMs: 5, onChange, ...options })
  watches.push(watch)
  return { watch, changes }
}

test('a member is down until its first probe succeeds', async () => {
  const { watch } = watched(async () => probe)
  expect(watch.down()).toBe('not probed yet')
  await watch.first
  expect(watch.down()).toBeNull()
  expect(watch.probe()).toBe(probe)
})

test('a member that is down says why, and is up soon after it answers again', async () => {
  let healthy = false
  const { watch, changes } = watched(async () => {
    if (healthy) return probe
    throw new TuttiError('member_unreachable', 'connection refused')
  })
  await watch.first
  expect(watch.down()).toBe('connection refused')
  healthy = true
  await expect.poll(() => watch.down(), { interval: 5 }).toBeNull()
  expect(changes).toEqual(['connection refused', null])
})

test('a failed call takes a member out at once, and the probe that follows brings it back', async () => {
  let probes = 0
  const { watch } = watched(async () => {
    probes++
    await delay(5)
    return probe
  })
  await watch.first
  watch.suspect('its last call failed')
  expect(watch.down()).toBe('its last call failed')
  expect(watch.suspected?.()).toBe(true)
  await expect.poll(() => watch.down(), { interval: 5 }).toBeNull()
  expect(watch.suspected?.()).toBe(false)
  expect(probes).toBe(2)
})

test('a member in doubt is probed at once and stays up unless the probe fails', async () => {
  let probes = 0
  const { watch, changes } = watched(async () => {
    probes++
    if (probes === 3) throw new TuttiError('member_unreachable', 'connection refused')
    return probe
  })
  await watch.first
  watch.doubt()
  expect(watch.down()).toBeNull()
  await expect.poll(() => probes, { interval: 1 }).toBe(2)
  expect(changes).toEqual([null])
  watch.doubt()
  await expect.poll(() => changes, { interval: 1 }).toEqual([null, 'connection refused', null])
})

test('a probe that does not answer is given up and says so', async () => {
  const { watch } = watched(
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    {
      probeMs: 10,
    },
  )
  await watch.first
  expect(watch.down()).toBe('no answer to a probe within 10 ms')
})

test("a member's own top_k lowers what it is asked for, never raises it", async () => {
  const { watch: lower } = watched(async () => probe, { topK: 20 })
  const { watch: higher } = watched(async () => probe, { topK: 500 })
  await Promise.all([lower.first, higher.first])
  expect(lower.probe()?.capabilities.maxTopK).toBe(20)
  expect(higher.probe()?.capabilities.maxTopK).toBe(100)
})

test('a closed watch probes no more', async () => {
  let probes = 0
  const { watch } = watched(async () => {
    probes++
    throw new Error('down')
  })
  await watch.first
  watch.close()
  const before = probes
  await delay(30)
  expect(probes).toBe(before)
})

test('the verdict is that of the last probe, with its time: what it can’t do, or why it can’t be used and what to do', async () => {
  let healthy = true
  let now = 100
  const { watch } = watched(
    async () => {
      if (!healthy) throw new TuttiError('member_unreachable', 'connection refused')
      const capabilities = { ...probe.capabilities, tokenContexts: false, basis: 'raw' as const }
      return { ...probe, capabilities, vocabulary: null, notes: ['its tokens are not known: lists are of texts'] }
    },
    { now: () => now },
  )
  expect(watch.verdict?.()).toBeNull()
  await watch.first
  expect(watch.verdict?.()).toEqual({
    at: 100,
    ok: true,
    notes: [
      'its tokens are not known: lists are of texts',
      'contexts are text: what it would say at other token borders is never heard',
      'token: not possible: it does not tell its vocabulary',
      'byte: not possible: it gives no lists of what comes next',
      "answer: not possible: it can't write an answer of its own",
    ],
  })
  healthy = false
  now = 107
  watch.doubt()
  await expect.poll(() => watch.verdict?.()?.ok, { interval: 5 }).toBe(false)
  expect(watch.verdict?.()).toEqual({
    at: 107,
    ok: false,
    notes: ['connection refused', 'start the server, or correct `url`'],
  })
})
