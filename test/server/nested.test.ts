import { expect, test } from 'vitest'
import { errorTable } from '../../src/errors.ts'
import { chatBody } from '../../src/server/wire/chat-request.ts'
import { classifyBody } from '../../src/server/wire/classify-request.ts'
import { completionBody } from '../../src/server/wire/completion-request.ts'
import { predictBody } from '../../src/server/wire/prediction.ts'
import { scoreBody } from '../../src/server/wire/score.ts'
import { detokenizeBody, tokenizeBody } from '../../src/server/wire/tokenizer.ts'
import { fakeDirectory, fakeServer } from './fake.ts'

const lists = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const objects = (depth: number) => `${'{"type":'.repeat(depth)}"text"${'}'.repeat(depth)}`
/** Each deeper than the stack goes; the last is where the walk is that looks for what objects inherit. */
const nestings = [
  lists(200_000),
  objects(20_000),
  `[{"type":${lists(20_000)}}]`,
  `{"constructor":1,"type":${lists(20_000)}}`,
]

const model = 'tutti'
const messages = [{ role: 'user', content: 'x' }]
const labels = ['a', 'b']
/** Bodies that are answered with 200, and the fields that there are. */
const routes: readonly [string, object, { readonly shape: object }][] = [
  ['/v1/completions', { model, prompt: 'x' }, completionBody],
  ['/v1/chat/completions', { model, messages }, chatBody],
  ['/v1/predict', { model, prompt: 'x' }, predictBody],
  ['/v1/score', { model, texts: ['x'] }, scoreBody],
  ['/v1/classify', { model, input: 'x', labels }, classifyBody],
  ['/tokenize', { model, prompt: 'x' }, tokenizeBody],
  ['/detokenize', { model, tokens: [1] }, detokenizeBody],
]

/** Where a value stands that is nested deeper than the stack goes. */
const inside: Readonly<Record<string, readonly (readonly [string, (deep: string) => string])[]>> = {
  messages: [
    ['messages[0].content', (deep) => `[{"role":"user","content":${deep}}]`],
    ['messages[0].name', (deep) => `[{"role":"user","content":"x","name":${deep}}]`],
    ['messages[0]', (deep) => `[${deep}]`],
  ],
  ensemble: [
    ['ensemble.weights', (deep) => `{"weights":${deep}}`],
    ['ensemble.unknown', (deep) => `{"unknown":${deep}}`],
    ['ensemble.canonicalise', (deep) => `{"canonicalise":${deep}}`],
  ],
  logit_bias: [['logit_bias[1]', (deep) => `{"1":${deep}}`]],
  metadata: [['metadata.a', (deep) => `{"a":${deep}}`]],
  prompt: [['prompt', (deep) => `["x",${deep}]`]],
  labels: [['labels', (deep) => `["x",${deep}]`]],
}

test.each(routes)(
  '%s: a value that is nested as deep as a body goes is a 4xx that names its field, whatever the field',
  async (url, fine, body) => {
    const { app, log } = await fakeServer({
      directory: fakeDirectory({}, ['a', 'b']),
      bodyLimitBytes: 10_000_000,
      logContent: true,
    })
    const send = (fields: ReadonlyMap<string, string>) => {
      const payload = `{${Array.from(fields, ([name, json]) => `"${name}":${json}`).join(',')}}`
      return app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json' } })
    }
    const own = new Map(Object.entries(fine).map(([name, value]) => [name, JSON.stringify(value)]))
    for (const field of ['unknown', ...Object.keys(body.shape)]) {
      for (const deep of nestings) {
        const places = [[field, (json: string) => json] as const, ...(inside[field] ?? [])]
        for (const [place, put] of places) {
          const answer = await send(new Map([...own, [field, put(deep)]]))
          const { code, param } = answer.json().error
          expect([answer.statusCode, errorTable[code as keyof typeof errorTable].status], place).toEqual([400, 400])
          expect(place.startsWith(param) || param.startsWith(place), `${place} is called ${param}`).toBe(true)
        }
      }
    }
    for (const payload of nestings) {
      const answer = await app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json' } })
      expect(answer.statusCode).toBe(400)
    }
    expect(log.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).toEqual([])
  },
)
