import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { compose } from '../../src/compose.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { startWorker } from '../../src/worker/start-worker.ts'
import { startTwin } from '../wire/kit/twin.ts'
import { tinyModel } from '../wire/kit/twin-model.ts'
import { llamacpp } from '../wire/llamacpp.ts'
import { oip } from '../wire/oip.ts'
import { ollama } from '../wire/ollama.ts'
import { openai } from '../wire/openai.ts'
import { sglang } from '../wire/sglang.ts'
import { tgi } from '../wire/tgi.ts'
import { vllm } from '../wire/vllm.ts'
import { modelDir } from '../worker/support.ts'

test('one model behind eight protocols and two replicas is one ensemble, at token granularity', async () => {
  const tiny = await tinyModel()
  const key = 'secret'
  const [first, second, third, fourth, fifth, sixth, seventh, eighth] = await Promise.all([
    startTwin(llamacpp, tiny),
    startTwin(llamacpp, tiny),
    startTwin(vllm, tiny, { apiKey: key }),
    startTwin(sglang, tiny),
    startTwin(tgi, tiny),
    startTwin(oip(tiny), tiny),
    startTwin(openai(), tiny),
    startTwin(ollama(), tiny),
  ])
  const worker = await startWorker({ modelDir: modelDir('tiny-gpt') })
  const text = `
server: { port: 0 }
members:
  o: { kind: onnx, url: '${worker.url}' }
  l: { kind: llamacpp, replicas: ['${first.url}', '${second.url}'] }
  v: { kind: vllm, url: '${third.url}', model: tiny-gpt, api_key: '\${KEY}', tokenizer: tiny-gpt/tokenizer.json }
  s: { kind: sglang, url: '${fourth.url}', tokenizer: tiny-gpt }
  t: { kind: tgi, url: '${fifth.url}', tokenizer: tiny-gpt }
  u: { kind: tgi, url: '${fifth.url}' }
  i: { kind: oip, url: '${sixth.url}', model: tiny-gpt, tokenizer: tiny-gpt, context_length: 128 }
  p: { kind: openai, url: '${seventh.url}/v1', model: tiny-gpt, api: completions, tokenizer: tiny-gpt, context_length: 128 }
  q: { kind: ollama, url: '${eighth.url}', model: tiny-gpt, tokenizer: tiny-gpt }
ensembles:
  all: { members: [{ id: o }, { id: l }, { id: v }, { id: s }, { id: t }, { id: i }, { id: p }, { id: q }], sampling: { temperature: 0 } }
  texts: { members: [{ id: o }, { id: u }], sampling: { temperature: 0 } }
  one: { members: [{ id: o }], sampling: { temperature: 0 } }
`
  const folder = fileURLToPath(new URL('../worker/fixtures', import.meta.url))
  const config = parseConfig(text, { file: 'x.yaml', folder, env: { KEY: key } })
  const gateway = await compose(config, createLogger('silent', { write: () => {} }), '0.0.0')
  onTestFinished(async () => {
    await gateway.close()
    const twins = [first, second, third, fourth, fifth, sixth, seventh, eighth]
    await Promise.all([worker, ...twins].map((server) => server.close()))
  })

  async function complete(model: string) {
    const answer = await fetch(`${gateway.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, prompt: 'the people', max_tokens: 12 }),
    })
    return (await answer.json()) as {
      choices: { text: string }[]
      ensemble: { granularity: string; degraded: boolean; members: { kind: string; status: string; replica: string }[] }
    }
  }

  const all = await complete('all')
  expect(all.ensemble).toMatchObject({ granularity: 'token', degraded: false })
  expect(all.ensemble.members.map(({ kind, status }) => [kind, status])).toEqual([
    ['onnx', 'ok'],
    ['llamacpp', 'ok'],
    ['vllm', 'ok'],
    ['sglang', 'ok'],
    ['tgi', 'ok'],
    ['oip', 'ok'],
    ['openai', 'ok'],
    ['ollama', 'ok'],
  ])
  expect(all.ensemble.members[1]?.replica).toBe(`${first.url}, ${second.url}`)
  expect(all.choices[0]?.text).toBe((await complete('one')).choices[0]?.text)
  expect(all.choices[0]?.text.length).toBeGreaterThan(0)
  const texts = await complete('texts')
  expect(texts.ensemble).toMatchObject({
    granularity: 'byte',
    degraded: false,
    members: [{ kind: 'onnx' }, { kind: 'tgi' }],
  })
  expect(texts.choices[0]?.text.length).toBeGreaterThan(0)
})

test('logits, lists by text with a tokenizer file and lists by text alone are one ensemble, byte by byte', async () => {
  const tiny = await tinyModel()
  const twins = await Promise.all([startTwin(oip(tiny), tiny), startTwin(openai(), tiny), startTwin(ollama(), tiny)])
  const [logits, texts, alone] = twins.map(({ url }) => url)
  const text = `
server: { port: 0 }
members:
  i: { kind: oip, url: '${logits}', model: tiny-gpt, tokenizer: tiny-gpt, context_length: 128 }
  t: { kind: openai, api: completions, url: '${texts}/v1', model: tiny-gpt, tokenizer: tiny-gpt, context_length: 128 }
  a: { kind: ollama, url: '${alone}', model: tiny-gpt }
ensembles:
  all: { members: [{ id: i }, { id: t }, { id: a }], sampling: { temperature: 0 } }
`
  const folder = fileURLToPath(new URL('../worker/fixtures', import.meta.url))
  const config = parseConfig(text, { file: 'x.yaml', folder, env: {} })
  const gateway = await compose(config, createLogger('silent', { write: () => {} }), '0.0.0')
  onTestFinished(async () => {
    await gateway.close()
    await Promise.all(twins.map((twin) => twin.close()))
  })
  const answer = await fetch(`${gateway.url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'all', prompt: 'the people', max_tokens: 6 }),
  })
  const { ensemble } = (await answer.json()) as {
    ensemble: { granularity: string; degraded: boolean; members: object[] }
  }
  expect(ensemble).toMatchObject({ granularity: 'byte', degraded: false })
  expect(ensemble.members).toMatchObject([{ status: 'ok' }, { status: 'ok' }, { status: 'ok' }])
})

test('a tokenizer file that can not be read stops the start, and says whose it is', async () => {
  const text = `
members: { v: { kind: vllm, url: 'http://127.0.0.1:1', tokenizer: nowhere } }
ensembles: { e: { members: [{ id: v }] } }
`
  const config = parseConfig(text, { file: 'x.yaml', folder: '/srv', env: {} })
  await expect(compose(config, createLogger('silent', { write: () => {} }), '0.0.0')).rejects.toMatchObject({
    code: 'invalid_model',
    message: expect.stringContaining('member "v": can\'t read /srv/nowhere'),
  })
})
