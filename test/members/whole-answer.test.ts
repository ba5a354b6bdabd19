import { once } from 'node:events'
import { Pool, request } from 'undici'
import { expect, onTestFinished, test, vi } from 'vitest'
import { wholeAnswer } from '../../src/members/shared/whole-answer.ts'
import { serve, signal } from './support.ts'

function poolOf(url: string): Pool {
  const pool = new Pool(url, { connections: 1, pipelining: 1 })
  onTestFinished(() => pool.destroy())
  return pool
}

const get = { path: '/', method: 'GET' } as const

test('it is what undici reads as a stream, however the answer is cut', async () => {
  const text = 'ä'.repeat(5_000)
  const bytes = Buffer.from(text)
  const { url } = await serve(async (httpRequest, response) => {
    const size = Number(httpRequest.url?.slice(1))
    response.writeHead(418, { 'x-size': String(size), 'set-cookie': ['a=1', 'b=2'] })
    for (let at = 0; at < bytes.length; at += size) {
      response.write(bytes.subarray(at, at + size))
      await new Promise(setImmediate)
    }
    response.end()
  })
  const pool = poolOf(url)
  for (const size of [1_111, 4_096, 20_000]) {
    const { statusCode, headers, body } = await wholeAnswer(pool, { ...get, path: `/${size}` }, signal)
    const streamed = await request(`${url}/${size}`)
    expect(statusCode).toBe(streamed.statusCode)
    expect(headers['x-size']).toBe(String(size))
    expect(headers['set-cookie']).toEqual(streamed.headers['set-cookie'])
    expect(body.toString('utf8')).toBe(await streamed.body.text())
  }
})

test('an answer without a body is empty, and a hint before an answer is none', async () => {
  const { url } = await serve((_request, response) => {
    response.writeEarlyHints({ link: '</a>; rel=preload' })
    response.writeHead(204).end()
  })
  const { statusCode, body } = await wholeAnswer(poolOf(url), get, signal)
  expect(statusCode).toBe(204)
  expect(body).toHaveLength(0)
})

test('whoever has gone before it begins is told so, and the server is not asked', async () => {
  let asked = 0
  const { url } = await serve((_request, response) => {
    asked++
    response.end()
  })
  const reason = new Error('gone')
  await expect(wholeAnswer(poolOf(url), get, AbortSignal.abort(reason))).rejects.toBe(reason)
  expect(asked).toBe(0)
})

test('whoever goes while it waits for a connection is told so at once, and the server is never asked', async () => {
  const asked: string[] = []
  const free = Promise.withResolvers<void>()
  const { url } = await serve(async ({ url: path = '' }, response) => {
    asked.push(path)
    if (path === '/first') await free.promise
    response.end(path)
  })
  const pool = poolOf(url)
  const first = wholeAnswer(pool, { ...get, path: '/first' }, signal)
  const caller = new AbortController()
  const second = wholeAnswer(pool, { ...get, path: '/second' }, caller.signal)
  await expect.poll(() => asked).toEqual(['/first'])
  const reason = new Error('gone')
  caller.abort(reason)
  await expect(second).rejects.toBe(reason)
  free.resolve()
  expect((await first).body.toString()).toBe('/first')
  expect((await wholeAnswer(pool, { ...get, path: '/third' }, signal)).body.toString()).toBe('/third')
  expect(asked).toEqual(['/first', '/third'])
})

test('whoever goes within the answer is told so at once, and the connection is closed', async () => {
  const closed = Promise.withResolvers<void>()
  const { url } = await serve(async (_request, response) => {
    response.once('close', () => closed.resolve())
    response.write('a beginning')
  })
  const caller = new AbortController()
  const pool = poolOf(url)
  const answer = wholeAnswer(pool, get, caller.signal)
  await once(pool, 'connect')
  const reason = new Error('gone')
  setTimeout(() => caller.abort(reason), 50)
  await expect(answer).rejects.toBe(reason)
  await closed.promise
})

test('nothing listens to a signal whose call has ended', async () => {
  const { url } = await serve((_request, response) => void response.end())
  const caller = new AbortController()
  const added = vi.spyOn(caller.signal, 'addEventListener')
  const removed = vi.spyOn(caller.signal, 'removeEventListener')
  const pool = poolOf(url)
  await wholeAnswer(pool, get, caller.signal)
  await pool.destroy()
  await expect(wholeAnswer(pool, get, caller.signal)).rejects.toThrow()
  expect(added.mock.calls).toHaveLength(2)
  expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(added.mock.calls.map(([, listener]) => listener))
})
