import { expect, test } from 'vitest'
import type { Seat } from '../../src/ensemble/ensemble.ts'
import { fakeDirectory, fakeGenerate, fakePrediction, fakeServer } from './fake.ts'

interface Seen {
  readonly pool: string
  readonly weights: readonly (readonly [string, number])[]
}

const ask = { model: 'tutti', prompt: 'Well,' }
const message = { role: 'user', content: 'Well?' }
const routes = [
  ['/v1/completions', ask],
  ['/v1/chat/completions', { model: 'tutti', messages: [message] }],
  ['/v1/predict', ask],
  ['/v1/score', { model: 'tutti', texts: ['Well.'] }],
  ['/v1/classify', { ...ask, labels: ['a', 'b'] }],
] as const

/** A server that remembers which ensemble each operation was to run with. */
async function watched(perRequest: readonly ('weights' | 'pool')[]) {
  const seen: Seen[] = []
  const see = ({ pool, ensemble }: { pool?: string; ensemble: { pool: string; seats: readonly Seat[] } }) => {
    seen.push({ pool: pool ?? ensemble.pool, weights: ensemble.seats.map(({ member, weight }) => [member.id, weight]) })
  }
  const { ensembles, state } = fakeDirectory({}, ['a', 'b'])
  const ensemble = { ...ensembles.get('tutti')!, perRequest }
  const { app } = await fakeServer({
    directory: { ensembles: new Map([['tutti', ensemble]]), state },
    generate(plan, options) {
      see(plan)
      return fakeGenerate(plan, options)
    },
    async predict(plan) {
      see(plan)
      return fakePrediction
    },
    async scoreTexts(plans) {
      plans.map(see)
      return []
    },
    async classify(plan) {
      see(plan)
      return []
    },
  })
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })
  return { app, post, seen }
}

test.each(routes)(
  '%s runs with the weights that a request gives, scaled, and without members of weight 0',
  async (url, body) => {
    const { post, seen } = await watched(['weights'])
    const set = (weights: object) => post(url, { ...body, ensemble: { weights } })
    expect((await set({ a: 1, b: 3 })).statusCode).toBe(200)
    expect((await set({ a: 0, b: 0.2 })).statusCode).toBe(200)
    expect(seen.map(({ weights }) => weights)).toEqual([
      [
        ['a', 0.25],
        ['b', 0.75],
      ],
      [['b', 1]],
    ])
  },
)

test.each(routes.slice(0, -1))('%s runs with the pool that a request gives', async (url, body) => {
  const { post, seen } = await watched(['pool'])
  expect((await post(url, { ...body, ensemble: { pool: 'vote' } })).statusCode).toBe(200)
  expect(seen.map(({ pool }) => pool)).toEqual(['vote'])
})

test.each([
  [{ weights: { a: 0, b: 0 } }, 'ensemble.weights'],
  [{ weights: { c: 1 } }, 'ensemble.weights.c'],
  [{ weights: { a: -1 } }, 'ensemble.weights.a'],
  [{ weights: { a: '1' } }, 'ensemble.weights.a'],
  [{ weights: [1, 2] }, 'ensemble.weights'],
])('ensemble: %j is a 400 on every route that names %s', async (ensemble, param) => {
  const { post } = await watched(['weights', 'pool'])
  for (const [url, body] of routes) {
    const answer = await post(url, { ...body, ensemble })
    expect([url, answer.statusCode, answer.json().error.param]).toEqual([url, 400, param])
  }
})

test('what the configuration does not allow is a 400 on every route that says by which field it would', async () => {
  const { post } = await watched([])
  for (const [url, body] of routes) {
    const answer = await post(url, { ...body, ensemble: { weights: { a: 1 } } })
    expect([url, answer.statusCode]).toEqual([url, 400])
    expect(answer.json().error).toMatchObject({ code: 'unsupported_parameter', param: 'ensemble.weights' })
    expect(answer.json().error.message).toContain('per_request: [weights]')
  }
})

test('labels that are stacked have no weights, and a pool of their own field', async () => {
  const { post } = await watched(['weights', 'pool'])
  const stacking = { labels: ['a', 'b'], members: ['a', 'b'], coefficients: [Array(5).fill(0), Array(5).fill(0)] }
  const body = { ...ask, labels: ['a', 'b'], pool: 'stacking', stacking }
  const weighed = await post('/v1/classify', { ...body, ensemble: { weights: { a: 1, b: 1 } } })
  expect(weighed.json().error).toMatchObject({ code: 'invalid_request', param: 'ensemble.weights' })
  const pooled = await post('/v1/classify', { ...ask, labels: ['a', 'b'], ensemble: { pool: 'vote' } })
  expect(pooled.json().error).toMatchObject({ code: 'invalid_request', param: 'ensemble.pool' })
})

test('whole answers have no pool', async () => {
  const { post } = await watched(['weights', 'pool'])
  const answer = await post('/v1/completions', { ...ask, ensemble: { strategy: 'majority', pool: 'vote' } })
  expect(answer.json().error).toMatchObject({ code: 'unsupported_parameter', param: 'ensemble.pool' })
})

test('an ensemble shows what requests may set', async () => {
  const { app } = await watched(['weights'])
  expect((await app.inject('/v1/ensembles/tutti')).json()).toMatchObject({ per_request: ['weights'] })
})
