import dns, { type LookupAddress } from 'node:dns'
import { promisify } from 'node:util'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { defineHttpClient } from '../../src/members/shared/http-client.ts'
import { rememberAddresses } from '../../src/members/shared/remembered-addresses.ts'
import { serve, signal } from './support.ts'

const home: LookupAddress = { address: '10.0.0.1', family: 4 }
const moved: LookupAddress = { address: '10.0.0.2', family: 4 }

type Answer = LookupAddress | 'silence' | 'EAI_AGAIN' | 'ENOTFOUND'

let answer: Answer
let asked: number
let now: number

function nameServer(_name: string, _options: unknown, callback: (error: Error | null, addresses?: unknown) => void) {
  asked++
  if (answer === 'silence') return
  if (typeof answer === 'string') callback(Object.assign(new Error(answer), { code: answer }))
  else callback(null, [answer])
}

function open() {
  const lookup = rememberAddresses(() => now)
  return promisify<string, object, unknown>((name, options, done) => lookup(name, options, done))
}

beforeEach(() => {
  answer = home
  asked = 0
  now = 0
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(nameServer as typeof dns.lookup)
  return () => spy.mockRestore()
})

test('each connection asks, and takes what is told', async () => {
  const lookup = open()
  expect(await lookup('worker', { all: true })).toEqual([home])
  answer = moved
  expect(await lookup('worker', { all: true })).toEqual([moved])
  expect(await lookup('worker', {})).toBe(moved.address)
  expect(asked).toBe(3)
})

test.each(['silence', 'EAI_AGAIN'] as const)('at %s of the name server the last addresses are taken', async (fault) => {
  const lookup = open()
  await lookup('worker', { all: true })
  answer = fault
  const since = performance.now()
  expect(await lookup('worker', { all: true })).toEqual([home])
  expect(performance.now() - since).toBeLessThan(1_000)
})

test('addresses are remembered for a minute', async () => {
  const lookup = open()
  await lookup('worker', { all: true })
  answer = 'EAI_AGAIN'
  now = 60_000
  expect(await lookup('worker', { all: true })).toEqual([home])
  now = 60_001
  await expect(lookup('worker', { all: true })).rejects.toThrow('EAI_AGAIN')
})

test('a name that is gone is forgotten', async () => {
  const lookup = open()
  await lookup('worker', { all: true })
  answer = 'ENOTFOUND'
  await expect(lookup('worker', { all: true })).rejects.toThrow('ENOTFOUND')
  answer = 'EAI_AGAIN'
  await expect(lookup('worker', { all: true })).rejects.toThrow('EAI_AGAIN')
})

test('a silent name server is asked once for each name', async () => {
  const lookup = open()
  await lookup('worker', { all: true })
  answer = 'silence'
  await Promise.all(Array.from({ length: 20 }, () => lookup('worker', { all: true })))
  expect(asked).toBe(2)
})

test('a member is reached by a new connection while the name server is silent', async () => {
  answer = { address: '127.0.0.1', family: 4 }
  const { url } = await serve((_request, response) => void response.end('{}'))
  const limits = { connectMs: 1_000, firstByteMs: 1_000, silenceMs: 1_000, maxResponseBytes: 1_000 }
  const client = () => {
    const http = defineHttpClient('m', `http://worker.test:${new URL(url).port}`, limits)
    onTestFinished(() => http.close())
    return http
  }
  expect(await client().get('/', signal)).toEqual({})
  answer = 'silence'
  asked = 0
  expect(await client().get('/', signal)).toEqual({})
  expect(asked).toBe(1)
})
