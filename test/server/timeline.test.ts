import { expect, test } from 'vitest'
import type { GenerationEvent } from '../../src/ensemble/generation-event.ts'
import { fakeDiagnosis, fakeServer } from './fake.ts'

const ask = { model: 'tutti', prompt: 'Well,' }
const timeline = {
  members: [
    { id: 'a', events: [{ kind: 'reopen' as const, at_ms: 1.2 }] },
    { id: 'b', events: [{ kind: 'wait' as const, at_ms: 1.5, until_ms: 2.5 }] },
  ],
  segments: [3.1, 4.2],
}

/** A server whose texts have a timeline when they are asked for one, each its own. */
async function timed() {
  const { app } = await fakeServer({
    async *generate(plan): AsyncGenerator<GenerationEvent, void> {
      const shown = plan.timeline
      for (const [index, text] of [' hello', ' world'].entries()) {
        const told = shown ? { atMs: timeline.segments[index]! } : {}
        yield { kind: 'segment', text, logProb: -1, candidates: [], carrier: 'a', steps: [], ...told }
      }
      const diagnosis = { ...fakeDiagnosis, ...(shown && { timeline: { ...timeline, segments: [plan.seed] } }) }
      yield { kind: 'finish', reason: 'length', usage: { promptTokens: 3, completionTokens: 2 }, diagnosis }
    },
  })
  const post = (payload: object) =>
    app.inject({ method: 'POST', url: '/v1/completions', payload: { ...ask, ...payload } })
  return { post }
}

function chunksOf(body: string) {
  const events = body.split('\n\n').filter((event) => event.startsWith('data: {'))
  return events.map((event) => JSON.parse(event.slice('data: '.length)))
}

test('a timeline is part of the diagnosis when it is asked for, and of each choice’s own', async () => {
  const { post } = await timed()
  expect((await post({ seed: 7 })).json().ensemble).not.toHaveProperty('timeline')
  const one = (await post({ seed: 7, ensemble: { timeline: true } })).json()
  expect(one.ensemble.timeline).toEqual({ ...timeline, segments: [7] })
  expect(one.ensemble).not.toHaveProperty('segments')
  const two = (await post({ seed: 7, n: 2, ensemble: { timeline: true } })).json()
  const own = two.choices.map(({ ensemble }: { ensemble: { seed: number; timeline: object } }) => ensemble)
  for (const { seed, timeline: shown } of own) expect(shown).toEqual({ ...timeline, segments: [seed] })
  expect(own[0].seed).not.toBe(own[1].seed)
})

test('in a stream each segment says when it was decided, and the last chunk has the whole', async () => {
  const { post } = await timed()
  const chunks = chunksOf((await post({ seed: 7, stream: true, ensemble: { timeline: true } })).body)
  expect(chunks.slice(0, 2).map(({ ensemble }) => ensemble)).toEqual([
    { carrier: 'a', steps: [], at_ms: 3.1 },
    { carrier: 'a', steps: [], at_ms: 4.2 },
  ])
  expect(chunks[2].ensemble.timeline).toEqual({ ...timeline, segments: [7] })
  const plain = chunksOf((await post({ seed: 7, stream: true })).body)
  expect(plain.slice(0, 2).some((chunk) => 'ensemble' in chunk)).toBe(false)
})

test.each([
  [{ timeline: true, diagnostics: 'none' }, 'invalid_request'],
  [{ timeline: 'yes' }, 'invalid_request'],
  [{ timeline: true, strategy: 'majority' }, 'unsupported_parameter'],
])('ensemble: %j is a 400 that names the timeline', async (ensemble, code) => {
  const { post } = await timed()
  const answer = await post({ ensemble })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error).toMatchObject({ code, param: 'ensemble.timeline' })
})
