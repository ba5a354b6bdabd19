import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { generate } from '../../src/ensemble/generate.ts'
import type { Member } from '../../src/members/member.ts'
import { type Entry, entries } from '../conformance/entries.ts'
import { defineToyOf } from '../core/lattice/toy.ts'
import { directoryOf } from '../ensemble/toy-member.ts'
import { fakeServer } from '../server/fake.ts'
import { type SlowRoad, startSlowRoad } from '../wire/kit/slow-road.ts'
import { smallVocabulary, toyModel } from '../wire/kit/twin-model.ts'

const perLineMs = 20

/** A member of a server of its own, by a road that its answers are long on. */
async function startMember(entry: Entry, index: number): Promise<{ member: Member; road: SlowRoad }> {
  const subject = await entry.start(toyModel(defineToyOf(smallVocabulary([' the', 'th', 'é']), index)))
  const road = await startSlowRoad(subject.url, perLineMs)
  const member = { ...subject.define({ via: road.url }), id: `${entry.kind} ${index}` }
  onTestFinished(async () => {
    await member.close()
    await road.close()
    await subject.close()
  })
  return { member, road }
}

/** The gateway over the members; returns its port. */
async function startGateway(members: readonly Member[]): Promise<number> {
  const directory = await directoryOf(members, { tau: 5e-3, topK: 20 })
  const { app } = await fakeServer({ directory, generate })
  onTestFinished(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

/** Asks for a completion, and goes away while every member is at work for it; returns when, in milliseconds. */
async function leave(port: number, stream: boolean, roads: readonly SlowRoad[]): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/v1/completions', headers })
  request.on('error', () => {})
  request.end(JSON.stringify({ model: 'toys', prompt: 'of the', max_tokens: 200, stream, seed: 1 }))
  if (stream) {
    const [response] = await once(request, 'response')
    await once(response, 'data')
  }
  await expect.poll(() => roads.every(({ open }) => open > 0), { interval: 1, timeout: 20_000 }).toBe(true)
  request.destroy()
  return performance.now()
}

async function expectLeft(chosen: readonly Entry[], stream: boolean): Promise<void> {
  const started = await Promise.all(chosen.map(startMember))
  const roads = started.map(({ road }) => road)
  const port = await startGateway(started.map(({ member }) => member))
  const goneMs = await leave(port, stream, roads)
  // Long enough for every answer to come that is still read, and for calls that would follow it.
  await sleep(25 * perLineMs)
  for (const { open, left, lastMs } of roads) {
    expect({ open, left: left > 0 }).toEqual({ open: 0, left: true })
    expect(lastMs - goneMs).toBeLessThan(100)
  }
}

// The adapter is held by its twin; our worker serves no toy.
const adapters = entries.filter(({ kind }) => kind !== 'oip of our worker')

const ways = [
  ['mid-stream', true],
  ['before the answer', false],
] as const

// A machine that is busy with other things is late by itself now and then, but not thrice.
const retry = 2

test.each(adapters.flatMap((entry) => ways.map(([when, stream]) => ({ kind: entry.kind, entry, when, stream }))))(
  'a client that goes away $when leaves no call of two $kind members running for 100 ms, and none is made after',
  { retry },
  ({ entry, stream }) => expectLeft([entry, entry], stream),
)

test.each(ways)(
  'a client that goes away %s leaves no call of an ensemble of all adapters running',
  { retry },
  (_, stream) => expectLeft(adapters, stream),
)
