import { expect, onTestFinished, test } from 'vitest'
import { type Known, meetWorker } from '../../src/members/onnx/meet-worker.ts'
import { defineServed } from '../../src/members/shared/served.ts'
import { failure, serve, signal } from './support.ts'

/** A server that serves `model` `ms` after it is asked, 0: never. */
async function acquaintance(server: { model: string; ms: number }, limitMs = 5_000) {
  let asked = 0
  const { url } = await serve((request, response) => {
    if (request.url === '/v2') {
      asked++
      if (server.ms > 0) setTimeout(() => response.end(JSON.stringify({ models: [server.model] })), server.ms)
    } else {
      const parameters = { context_length: 10, vocabulary_size: 3, vocabulary_fingerprint: 'f' }
      response.end(JSON.stringify({ parameters }))
    }
  })
  const limits = { connectMs: 500, firstByteMs: 5_000, silenceMs: 5_000, maxResponseBytes: 10_000 }
  const met = defineServed<Known>({ id: 'm', url, limits }, (http, _before, given) => meetWorker(http, 'm', given), {
    meetingMs: limitMs,
  })
  onTestFinished(() => met.http.close())
  return { ...met, asked: () => asked }
}

test('a caller that goes away fails alone: whoever waits for the same answer gets it', async () => {
  const { known, asked } = await acquaintance({ model: 'one', ms: 50 })
  const first = new AbortController()
  const [gone, stays] = [failure(known(first.signal)), known(signal)]
  first.abort()
  expect(await gone).toMatchObject({ code: 'client_closed', member: 'm' })
  expect(await stays).toMatchObject({ model: 'one' })
  expect(asked()).toBe(1)
})

test('what is known stands until there is a new answer', async () => {
  const server = { model: 'one', ms: 1 }
  const { known, renewed, asked } = await acquaintance(server)
  expect(await known(signal)).toMatchObject({ model: 'one' })
  Object.assign(server, { model: 'two', ms: 50 })
  const asking = renewed(signal)
  expect(await known(signal)).toMatchObject({ model: 'one' })
  expect(await asking).toMatchObject({ model: 'two' })
  expect(await known(signal)).toMatchObject({ model: 'two' })
  expect(asked()).toBe(2)
})

test('a question without an answer ends by itself, leaves what is known, and is asked again', async () => {
  const server = { model: 'one', ms: 1 }
  const { known, renewed } = await acquaintance(server, 100)
  await known(signal)
  server.ms = 0
  expect(await failure(renewed(signal))).toMatchObject({ code: 'member_timeout', member: 'm' })
  expect(await known(signal)).toMatchObject({ model: 'one' })
  Object.assign(server, { model: 'two', ms: 1 })
  expect(await renewed(signal)).toMatchObject({ model: 'two' })
})
