import { expect, test } from 'vitest'
import { factsOf } from '../../src/console/member-words.ts'
import type { MemberView } from '../../src/console/wire.ts'

const member: MemberView = {
  id: 'a',
  kind: 'vllm',
  weight: 0.25,
  lead: true,
  status: 'up',
  reason: null,
  model: 'm',
  replicas: [
    { url: 'http://one', breaker: 'closed' },
    { url: 'http://two', breaker: 'open' },
  ],
  capabilities: null,
}
const factOf = (view: MemberView, name: string) => new Map(factsOf(view)).get(name)

test('what an older gateway does not tell is said to be missing, and nothing else is', () => {
  expect(factOf(member, 'latency')).toEqual(['this gateway does not tell it'])
  expect(factOf(member, 'probe')).toEqual(['this gateway does not tell its verdict'])
  expect(factOf(member, 'now')).toEqual(['not told'])
  expect(factOf({ ...member, latency: null, probe: null }, 'latency')).toEqual(['no call in the last minute'])
  expect(factOf({ ...member, latency: null, probe: null }, 'probe')).toEqual(['not probed yet'])
})

test('every replica has a line, and the verdict of a probe one for each note', () => {
  expect(factOf(member, 'replicas')).toEqual(['http://one in use', 'http://two breaker open: not called'])
  const down = { url: 'http://one', breaker: 'closed', status: 'down', reason: 'connection refused' } as const
  expect(factOf({ ...member, replicas: [down] }, 'replicas')).toEqual(['http://one down: connection refused'])
  const probed = { ...member, probe: { at: 0, ok: false, notes: ['no lists', 'ask for more'] } }
  expect(factOf(probed, 'probe')?.slice(1)).toEqual(['no lists', 'ask for more'])
  expect(factOf(probed, 'probe')?.[0]).toMatch(/^failed at /)
})

test('latency is told as median, 95th percentile and the calls it is of', () => {
  const latency = { median_ms: 12.3, p95_ms: 1500, calls: 1 }
  expect(factOf({ ...member, latency }, 'latency')).toEqual([
    '12 ms median, 1.5 s 95th percentile, 1 call in the last minute',
  ])
})
