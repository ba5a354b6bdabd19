import { expect, test } from 'vitest'
import { scores } from '../../src/server/wire/score.ts'
import { fakeDirectory, fakeServer, usualLimits } from './fake.ts'

async function post(payload: object, overrides: Parameters<typeof fakeServer>[0] = {}) {
  const { app } = await fakeServer(overrides)
  return app.inject({ method: 'POST', url: '/v1/score', payload })
}

test('texts and pairs are answered in their order, in nats, bits and bits per byte', async () => {
  const texts = await post({ model: 'tutti', texts: ['four', 'und é'] })
  expect(texts.statusCode).toBe(200)
  expect(scores.parse(texts.json())).toEqual(texts.json())
  expect(texts.json()).toMatchObject({
    object: 'score',
    scores: [
      { index: 0, bytes: 4, log_prob: -2, log_prob_low: -4, log_prob_high: 0, bits: 2 / Math.LN2, degraded: false },
      {
        index: 1,
        bytes: 6,
        log_prob: -3,
        bits_per_byte: expect.closeTo(0.5 / Math.LN2, 12),
        members: [{ id: 'a' }, { id: 'b' }],
      },
    ],
    usage: { prompt_tokens: 0, bytes: 10 },
  })
  const pairs = await post({ model: 'tutti/b', pairs: [{ prompt: 'one', continuation: ' two' }] })
  expect(pairs.json()).toMatchObject({
    model: 'tutti/b',
    scores: [{ bytes: 4 }],
    usage: { prompt_tokens: 3, bytes: 4 },
  })
})

test('segments and the diagnosis come when they are asked for; a probability of 0 is null', async () => {
  const [plain] = (await post({ model: 'tutti', texts: ['x'], ensemble: { diagnostics: 'none' } })).json().scores
  expect(plain).not.toHaveProperty('segments')
  expect(plain).not.toHaveProperty('ensemble')
  const answer = await post({ model: 'tutti', texts: ['é'], segments: true })
  expect(scores.parse(answer.json())).toEqual(answer.json())
  const [cut] = answer.json().scores
  expect(cut.segments).toEqual([
    { text: 'é', bytes: [0xc3, 0xa9], log_prob: -1, members: [{ id: 'a', log_prob: null }] },
  ])
  expect(cut.ensemble.name).toBe('tutti')
})

const pair = { prompt: 'a', continuation: 'b' }
test.each([
  [{}, 'texts'],
  [{ texts: ['a'], pairs: [pair] }, 'pairs'],
  [{ texts: [] }, 'texts'],
  [{ texts: [''] }, 'texts[0]'],
  [{ texts: ['a', 7] }, 'texts[1]'],
  [{ texts: Array(257).fill('a') }, 'texts'],
  [{ texts: 'a' }, 'texts'],
  [{ pairs: [] }, 'pairs'],
  [{ pairs: [{ prompt: 'a' }] }, 'pairs[0].continuation'],
  [{ pairs: [{ ...pair, continuation: '' }] }, 'pairs[0].continuation'],
  [{ pairs: [{ ...pair, text: 'c' }] }, 'pairs[0].text'],
  [{ texts: ['a'], segments: 'yes' }, 'segments'],
  [{ texts: ['a'], temperature: 1 }, 'temperature'],
  [{ texts: ['a'], ensemble: { diagnostics: 'all' } }, 'ensemble.diagnostics'],
  [{ texts: ['a'], model: 7 }, 'model'],
])('%j is a 400 that names %s', async (part, param) => {
  const answer = await post({ model: 'tutti', ...part })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error).toMatchObject({ param, type: 'invalid_request_error' })
})

test('texts that are too long for a request, an unknown model, and an ensemble without its members are refused', async () => {
  const limits = usualLimits
  const small = await post({ model: 'tutti', texts: ['abc', 'def'] }, { limits: { ...limits, promptBytes: 5 } })
  expect([small.statusCode < 500, small.json().error.param]).toEqual([true, 'texts'])
  expect((await post({ model: 'nobody', texts: ['a'] })).statusCode).toBe(404)
  const down = fakeDirectory({ a: 'refused', b: 'refused' })
  expect((await post({ model: 'tutti', texts: ['a'] }, { directory: down })).json().error.code).toBe('quorum_not_met')
})
