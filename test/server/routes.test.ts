import { expect, test } from 'vitest'
import type { Directory } from '../../src/ensemble/directory.ts'
import type { Member } from '../../src/members/member.ts'
import { prediction } from '../../src/server/wire/prediction.ts'
import { fakeDirectory, fakePrediction, fakeServer } from './fake.ts'
import { isPage } from './pages.ts'

test('predict answers the fused distribution, every member of it, and the diagnosis', async () => {
  const { app } = await fakeServer()
  const payload = { model: 'tutti', prompt: 'The state of the', words: 3 }
  const answer = await app.inject({ method: 'POST', url: '/v1/predict', payload })
  expect(answer.statusCode).toBe(200)
  expect(prediction.parse(answer.json())).toEqual(answer.json())
  expect(answer.json()).toMatchObject({
    object: 'prediction',
    model: 'tutti',
    symbols: fakePrediction.symbols,
    words: fakePrediction.words,
    usage: { prompt_tokens: 3, total_tokens: 3 },
    ensemble: { name: 'tutti' },
  })
})

test.each([
  [{ top: 0 }, 'top'],
  [{ top: 1001 }, 'top'],
  [{ words: 21 }, 'words'],
  [{ messages: [] }, 'messages'],
])('predict with %j is a 400 that names it', async (part, param) => {
  const { app } = await fakeServer()
  const payload = { model: 'tutti', prompt: 'x', ...part }
  const answer = await app.inject({ method: 'POST', url: '/v1/predict', payload })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error.param).toBe(param)
})

test('the models are every ensemble and every member alone, and each can be asked for', async () => {
  const { app } = await fakeServer()
  const { data } = (await app.inject({ url: '/v1/models' })).json()
  expect(data.map(({ id }: { id: string }) => id)).toEqual(['tutti', 'tutti/a', 'tutti/b'])
  for (const url of ['/v1/models/tutti', '/v1/models/tutti/a', '/v1/models/tutti%2Fb']) {
    expect((await app.inject({ url })).json()).toMatchObject({ object: 'model', owned_by: 'tutti' })
  }
  expect((await app.inject({ url: '/v1/models/tutti/c' })).statusCode).toBe(404)
})

test('an ensemble shows weights, lead, capabilities and health of its members', async () => {
  const { app } = await fakeServer({ directory: fakeDirectory({ b: 'connection refused' }) })
  const view = (await app.inject({ url: '/v1/ensembles/tutti' })).json()
  expect(view).toMatchObject({ name: 'tutti', ready: true, quorum: 1, sampling: { temperature: 1 } })
  expect(view.members[0]).toMatchObject({
    id: 'a',
    weight: 0.75,
    lead: true,
    status: 'up',
    capabilities: { max_top_k: 256 },
  })
  expect(view.members[1]).toMatchObject({ id: 'b', lead: false, status: 'down', reason: 'connection refused' })
  expect((await app.inject({ url: '/v1/ensembles' })).json().data).toEqual([view])
})

test('an ensemble shows how calls of its members go and what their last probe found', async () => {
  const { ensembles, state } = fakeDirectory()
  const ensemble = ensembles.get('tutti')!
  const latency = { medianMs: 12.04, p95Ms: 39.96, calls: 9 }
  const [first, second] = ensemble.seats
  const busy = { ...first!.member, traffic: () => ({ latency, callsOpen: 1, streamsOpen: 2 }) }
  const seats = [{ ...first!, member: busy }, second!]
  const verdict = () => ({ at: 1_700_000_000.9, ok: true, notes: ['contexts are text'] })
  const directory = {
    ensembles: new Map([['tutti', { ...ensemble, seats }]]),
    state: (id: string) => (id === 'a' ? { ...state(id), verdict } : state(id)),
  }
  const { app } = await fakeServer({ directory })
  const { members } = (await app.inject({ url: '/v1/ensembles/tutti' })).json()
  expect(members[0]).toMatchObject({
    latency: { median_ms: 12, p95_ms: 40, calls: 9 },
    calls_open: 1,
    streams_open: 2,
    probe: { at: 1_700_000_000, ok: true, notes: ['contexts are text'] },
  })
  expect(members[1]).toMatchObject({ latency: null, calls_open: 0, streams_open: 0, probe: null })
})

test('ready means that every ensemble meets its quorum, and not ready says who is down and why', async () => {
  const { app: up } = await fakeServer({ directory: fakeDirectory({ b: 'refused' }) })
  expect((await up.inject({ url: '/readyz' })).statusCode).toBe(200)
  const { app: down } = await fakeServer({ directory: fakeDirectory({ a: 'refused', b: 'starting' }) })
  const answer = await down.inject({ url: '/readyz' })
  expect(answer.statusCode).toBe(503)
  const reasons = [
    { id: 'a', reason: 'refused' },
    { id: 'b', reason: 'starting' },
  ]
  expect(answer.json()).toEqual({
    status: 'not_ready',
    ensembles: [{ name: 'tutti', ready: false, quorum: 1, up: 0, down: reasons }],
  })
})

test('health is readiness in one word, for clients that look for it', async () => {
  const statusOf = async (down: Record<string, string>) =>
    (await (await fakeServer({ directory: fakeDirectory(down) })).app.inject({ url: '/health' })).statusCode
  expect(await statusOf({ b: 'refused' })).toBe(200)
  expect(await statusOf({ a: 'refused', b: 'starting' })).toBe(503)
})

test('a tokenizer whose member is down is a 503 that says so; text and conversation at once are a 400', async () => {
  const { app } = await fakeServer({ directory: fakeDirectory({ a: 'refused' }) })
  const answer = await app.inject({ url: '/tokenizer_info' })
  expect(answer.statusCode).toBe(503)
  expect(answer.json().error).toMatchObject({ code: 'member_unavailable', message: expect.stringContaining('refused') })
  const payload = { prompt: 'x', messages: [{ role: 'user', content: 'x' }] }
  const both = await app.inject({ method: 'POST', url: '/tokenize', payload })
  expect(both.statusCode).toBe(400)
  expect(both.json().error.param).toBe('prompt')
})

test.each<[string, object, string]>([
  ['/v1/completions', { model: 'tutti', prompt: [1, 2, 3] }, 'prompt'],
  ['/v1/completions', { model: 'tutti', prompt: [[1], [2]] }, 'prompt[0]'],
  ['/v1/completions', { model: 'tutti', prompt: [1, 2], ensemble: { strategy: 'majority' } }, 'prompt'],
  ['/v1/completions', { model: 'tutti/a', prompt: [1, 2], echo: true, logprobs: 1 }, 'prompt'],
  ['/v1/completions', { model: 'tutti', prompt: 'x', logit_bias: { 1: 2 } }, 'logit_bias'],
  ['/tokenize', { prompt: 'x' }, 'model'],
  ['/detokenize', { tokens: [1] }, 'model'],
])(
  'what %s is sent in tokens of a vocabulary that nobody knows is a 400 that names it: %o',
  async (url, payload, param) => {
    const { app } = await fakeServer({ directory: textOnly() })
    const answer = await app.inject({ method: 'POST', url, payload })
    expect(answer.json().error).toMatchObject({ code: 'unsupported_parameter', param })
    expect(answer.statusCode).toBe(400)
  },
)

/** Members that take only texts, without a tokenizer file. */
function textOnly(): Directory {
  const { ensembles, state } = fakeDirectory()
  const continueText: NonNullable<Member['continueText']> = () => {
    throw new Error('a fake member is never called')
  }
  const known = state('a').probe()!
  const capabilities = { ...known.capabilities, tokenContexts: false, exactBytes: false }
  const seated = [...ensembles].map(([name, ensemble]) => {
    const seats = ensemble.seats.map(({ member, weight }) => ({ member: { ...member, continueText }, weight }))
    return [name, { ...ensemble, seats }] as const
  })
  return {
    ensembles: new Map(seated),
    state: (id) => ({ ...state(id), probe: () => ({ ...known, capabilities, vocabulary: null }) }),
  }
}

test('livez is 200 even when no member is up', async () => {
  const { app } = await fakeServer({ directory: fakeDirectory({ a: 'refused', b: 'refused' }) })
  expect((await app.inject({ url: '/livez' })).statusCode).toBe(200)
})

test('metrics count requests by the pattern of the route, never by the URL', async () => {
  const { app } = await fakeServer()
  await app.inject({ url: '/v1/ensembles/someone-elses-name' })
  const page = await app.inject({ url: '/metrics' })
  expect(page.headers['content-type']).toContain('text/plain')
  expect(page.body).toContain(
    'tutti_requests_total{route="/v1/ensembles/:name",method="GET",status="404",code="model_not_found"} 1',
  )
  expect(page.body).not.toContain('someone-elses-name')
})

test('the OpenAPI document lists exactly the routes that exist', async () => {
  const { app } = await fakeServer()
  await app.ready()
  const own = app.routeList.filter(({ method, url }) => method !== 'HEAD' && !isPage(url))
  const document = (await app.inject({ url: '/openapi.json' })).json()
  const listed = Object.entries<object>(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  )
  expect(listed.length).toBeGreaterThan(9)
  expect(listed.sort()).toEqual(own.map(({ method, url }) => `${method} ${url}`).sort())
  expect((await app.inject({ url: '/docs/' })).statusCode).toBe(200)
})
