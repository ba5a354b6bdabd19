import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { compose, type Gateway } from '../../src/compose.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { chatCompletion, chatCompletionChunk } from '../../src/server/wire/chat-completion.ts'
import { completion } from '../../src/server/wire/completion.ts'
import { startWorker } from '../../src/worker/start-worker.ts'
import { defineToyOf } from '../core/lattice/toy.ts'
import { talker } from '../ensemble/answer/talker.ts'
import { directoryOf } from '../ensemble/toy-member.ts'
import { startTwin, type Twin } from '../wire/kit/twin.ts'
import { smallVocabulary, type TwinModel, toyModel } from '../wire/kit/twin-model.ts'
import { llamacpp } from '../wire/llamacpp.ts'
import { openai } from '../wire/openai.ts'
import { modelDir } from '../worker/support.ts'
import { fakeServer } from './fake.ts'

/**
 * A chat model that knows some answers, each so likely, and hardly anything else. Prompts of the twins end with a line break, and answers
 * have none.
 */
function knowing(name: string, answers: Readonly<Record<string, number>>): TwinModel {
  const vocabulary = smallVocabulary()
  const known = Object.entries(answers).map(([text, weight]) => ({ said: Buffer.from(text), weight }))
  return {
    ...toyModel(defineToyOf(vocabulary, 1)),
    name,
    async logProbs(context) {
      const said = Buffer.from(context.slice(context.lastIndexOf(10) + 1))
      const probabilities = new Float64Array(vocabulary.size).fill(1e-4)
      for (const { said: whole, weight } of known) {
        if (whole.subarray(0, said.length).equals(said))
          probabilities[whole[said.length] ?? vocabulary.size - 1]! += weight
      }
      const sum = probabilities.reduce((total, one) => total + one, 0)
      return probabilities.map((one) => Math.log(one / sum))
    },
  }
}

const short = 'It is 42.'
const long = 'Six by seven: 42'
const mistaken = 'Surely 41!'

interface Answer {
  readonly status: number
  readonly json: ReturnType<typeof chatCompletion.parse> & {
    readonly error?: { readonly code: string; readonly param: string }
  }
}

describe('three chat twins, of which one is wrong and sure of it', () => {
  let twins: Twin[]
  let gateway: Gateway

  beforeAll(async () => {
    // The wrong one is the surest, as small models are.
    const models = [
      knowing('one', { [short]: 0.6, [long]: 0.35, [mistaken]: 0.05 }),
      knowing('two', { [long]: 0.6, [short]: 0.35, [mistaken]: 0.05 }),
      knowing('three', { [mistaken]: 0.999 }),
    ] as const
    twins = await Promise.all([
      ...models.map((model) => startTwin(openai(), model)),
      startTwin(llamacpp, models[0]),
      startTwin(llamacpp, models[1]),
    ])
    const [one, two, three, scoring, scoringToo] = twins.map(({ url }) => url)
    const config = parseConfig(
      `
server: { port: 0 }
members:
  one: { kind: openai, url: '${one}/v1', model: one }
  two: { kind: openai, url: '${two}/v1', model: two }
  three: { kind: openai, url: '${three}/v1', model: three }
  scoring: { kind: llamacpp, url: '${scoring}' }
  scoring_too: { kind: llamacpp, url: '${scoringToo}' }
ensembles:
  jury:
    members: [{ id: one, weight: 0.4 }, { id: two, weight: 0.35 }, { id: three, weight: 0.25 }]
    strategy: majority
    canonicalise: number
    sampling: { temperature: 0 }
    deadline_ms: 5000
  judges:
    members: [{ id: scoring }, { id: scoring_too }, { id: three }]
    strategy: rerank
    sampling: { temperature: 0 }
`,
      { file: 'jury.yaml', folder: '/', env: {} },
    )
    gateway = await compose(config, createLogger('silent', { write: () => {} }), '0.0.0')
  })

  afterAll(async () => {
    await gateway.close()
    await Promise.all(twins.map((twin) => twin.close()))
  })

  beforeEach(() => {
    for (const twin of twins) twin.faults = {}
  })

  const messages = [{ role: 'user', content: 'What is six times seven?' }]

  async function ask(part: object): Promise<Answer> {
    const response = await post({ model: 'jury', messages, ...part })
    return { status: response.status, json: (await response.json()) as Answer['json'] }
  }

  function post(body: object): Promise<Response> {
    return fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  /** The twins are down for the gateway until its next probe finds them up. */
  async function untilUp(count: number): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      const view = (await (await fetch(`${gateway.url}/v1/ensembles/jury`)).json()) as { members: { status: string }[] }
      if (view.members.filter(({ status }) => status === 'up').length === count) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('the twins did not come up')
  }

  const candidates = (json: Answer['json']) => {
    if (json.ensemble === undefined || !('candidates' in json.ensemble)) throw new Error('no candidates')
    return json.ensemble.candidates
  }

  test('majority is right', async () => {
    const { status, json } = await ask({})
    expect(status).toBe(200)
    expect(chatCompletion.parse(json)).toEqual(json)
    expect(json.choices[0]!.message.content).toBe(short)
    expect(
      candidates(json).map(({ author, text, canonical, votes, chosen }) => ({
        author,
        text,
        canonical,
        votes,
        chosen,
      })),
    ).toEqual([
      { author: 'one', text: short, canonical: '42', votes: 2, chosen: true },
      { author: 'two', text: long, canonical: '42', votes: 2, chosen: false },
      { author: 'three', text: mistaken, canonical: '41', votes: 1, chosen: false },
    ])
    expect(json.usage.completion_tokens).toBe(short.length + 1)
    expect(json.ensemble).toMatchObject({
      name: 'jury',
      strategy: 'majority',
      degraded: false,
      seed: expect.any(Number),
    })
  })

  test('mbr of what they say is right, by exact match as by nearness', async () => {
    for (const utility of ['exact', 'chrf', 'token_f1']) {
      const { json } = await ask({ ensemble: { strategy: 'mbr', utility } })
      expect(json.choices[0]!.message.content).toBe(short)
      expect(json.ensemble).toMatchObject({ strategy: 'mbr', utility })
    }
  })

  test('rerank is right where two can score: neither has a say about its own answer', async () => {
    const { status, json } = await ask({ model: 'judges' })
    expect(status).toBe(200)
    expect([short, long]).toContain(json.choices[0]!.message.content)
    const [one, two, three] = candidates(json)
    expect(one!.bits_per_byte!.map(({ member }) => member)).toEqual(['scoring_too'])
    expect(two!.bits_per_byte!.map(({ member }) => member)).toEqual(['scoring'])
    expect(three!.bits_per_byte!.map(({ member }) => member)).toEqual(['scoring', 'scoring_too'])
    expect(three!.score!).toBeGreaterThan(Math.max(one!.score!, two!.score!))
    // The twin's own distribution along the text, over what may begin a character of UTF-8, and the end.
    const model = knowing('two', { [long]: 0.6, [short]: 0.35, [mistaken]: 0.05 })
    let nats = 0
    for (const [at, byte] of Buffer.from(short).entries()) {
      const own = (await model.logProbs([10, ...Buffer.from(short).subarray(0, at)])).map(Math.exp)
      const possible = own.filter((_, id) => id < 0x80 || (id >= 0xc2 && id <= 0xf4) || id === own.length - 1)
      nats -= Math.log(own[byte]! / possible.reduce((sum, one) => sum + one, 0))
    }
    expect(one!.score!).toBeCloseTo(nats / Math.LN2 / short.length, 6)
    expect(json.ensemble).toMatchObject({
      members: [{ scorer: { status: 'ok' } }, { scorer: { status: 'ok' } }, { scorer: { status: 'unable' } }],
    })
  })

  test('samples of each member are had at once, each by a seed of its own', async () => {
    const { json } = await ask({ temperature: 1, seed: 5, ensemble: { samples: 4 } })
    expect(candidates(json)).toHaveLength(12)
    expect(json.choices[0]!.message.content).toContain('42')
    const again = await ask({ temperature: 1, seed: 5, ensemble: { samples: 4 } })
    expect(candidates(again.json).map(({ text }) => text)).toEqual(candidates(json).map(({ text }) => text))
    const other = await ask({ temperature: 1, seed: 6, ensemble: { samples: 4 } })
    expect(candidates(other.json).map(({ text }) => text)).not.toEqual(candidates(json).map(({ text }) => text))
  })

  test('a stream sends the chosen answer, then its finish with the diagnosis', async () => {
    const response = await post({ model: 'jury', messages, stream: true, stream_options: { include_usage: true } })
    const events = (await response.text()).split('\n\n').filter((event) => event !== '')
    expect(events.at(-1)).toBe('data: [DONE]')
    const chunks = events
      .slice(0, -1)
      .map((event) => chatCompletionChunk.parse(JSON.parse(event.slice('data: '.length))))
    expect(chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? '')).join('')).toBe(short)
    const finish = chunks.find(({ choices }) => choices[0]?.finish_reason === 'stop')
    expect(finish!.ensemble).toMatchObject({ strategy: 'majority', candidates: [{ chosen: true }, {}, {}] })
    expect(chunks.at(-1)!.usage).toMatchObject({ completion_tokens: short.length + 1 })
  })

  test('two choices are two juries, each with its own diagnosis', async () => {
    const { json } = await ask({ n: 2, temperature: 1, seed: 3 })
    const seeds = json.choices.map(({ ensemble }) => {
      if (ensemble === undefined || !('candidates' in ensemble)) throw new Error('no candidates')
      return ensemble.candidates.map(({ seed }) => seed)
    })
    expect(new Set(seeds.flat()).size).toBe(6)
  })

  test('a member alone gives its own answer', async () => {
    const { json } = await ask({ model: 'jury/three' })
    expect(json.choices[0]!.message.content).toBe(mistaken)
  })

  test.each([
    [{ ensemble: { strategy: 'best' } }, 'ensemble.strategy', 'invalid_request'],
    [{ ensemble: { samples: 17 } }, 'ensemble.samples', 'invalid_request'],
    [{ ensemble: { canonicalise: { regex: '(' } } }, 'ensemble.canonicalise.regex', 'invalid_request'],
    [{ ensemble: { canonicalise: 'words' } }, 'ensemble.canonicalise', 'invalid_request'],
    [{ ensemble: { utility: 'exact' } }, 'ensemble.utility', 'unsupported_parameter'],
    [{ ensemble: { strategy: 'rerank' } }, 'ensemble.strategy', 'unsupported_parameter'],
    [{ ensemble: { strategy: 'fuse' } }, 'model', 'unsupported_parameter'],
    [{ logprobs: true }, 'logprobs', 'unsupported_parameter'],
  ])('%j is a 400 that names %s', async (part, param, code) => {
    const { status, json } = await ask(part)
    expect(status).toBe(400)
    expect(json.error).toMatchObject({ code })
    expect(json.error!.param.startsWith(param)).toBe(true)
  })

  test('what cannot be fused cannot be predicted either', async () => {
    const response = await fetch(`${gateway.url}/v1/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'jury', prompt: 'x' }),
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: 'unsupported_parameter', param: 'model' } })
  })

  test.each([0, 1, 2])('twin %i is dead: degraded, and still right', async (dead) => {
    twins[dead]!.faults = { refuse: { status: 503 } }
    const { status, json } = await ask({})
    expect(status).toBe(200)
    expect(json.choices[0]!.message.content).toContain('42')
    if (json.ensemble === undefined || !('candidates' in json.ensemble)) throw new Error('no candidates')
    expect(json.ensemble.degraded).toBe(true)
    expect(json.ensemble.candidates).toHaveLength(2)
    expect(json.ensemble.members[dead]).toMatchObject({
      status: 'error',
      error: { code: 'member_unavailable' },
      answers: 0,
    })
    twins[dead]!.faults = {}
    await untilUp(3)
  })

  test('all are dead: 503, the quorum is not met', async () => {
    for (const twin of twins) twin.faults = { refuse: { status: 503 } }
    const { status, json } = await ask({})
    expect(status).toBe(503)
    expect(json.error).toMatchObject({ code: 'quorum_not_met' })
    for (const twin of twins) twin.faults = {}
    await untilUp(3)
  })
})

test('while nothing is known a stream sends comments, and then the chosen answer', async () => {
  const members = [talker('a', '42', { delay: 200 }), talker('b', 'It is 42', { delay: 200 })]
  const strategy = { kind: 'majority', samples: 1, canonicalise: 'number', utility: 'chrf' } as const
  const { app } = await fakeServer({ directory: await directoryOf(members, { strategy }), keepAliveMs: 30 })
  const { body } = await app.inject({
    method: 'POST',
    url: '/v1/chat/completions',
    payload: { model: 'toys', messages: [{ role: 'user', content: 'x' }], stream: true },
  })
  const [before, after] = body.split('"content":"42"')
  expect(before).toContain(': keep-alive')
  expect(after).toContain('"strategy":"majority"')
})

test('models that only continue texts are a jury on completions: each writes its own continuation', async () => {
  const [gpt, gru] = await Promise.all([
    startWorker({ modelDir: modelDir('tiny-gpt') }),
    startWorker({ modelDir: modelDir('tiny-gru') }),
  ])
  const config = parseConfig(
    `
server: { port: 0 }
members: { gpt: { kind: onnx, url: '${gpt.url}' }, gru: { kind: onnx, url: '${gru.url}' } }
ensembles: { duo: { members: [{ id: gpt }, { id: gru }] } }
`,
    { file: 'duo.yaml', folder: '/', env: {} },
  )
  const gateway = await compose(config, createLogger('silent', { write: () => {} }), '0.0.0')
  onTestFinished(async () => {
    await gateway.close()
    await Promise.all([gpt.close(), gru.close()])
  })
  const complete = async (part: object) => {
    const response = await fetch(`${gateway.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'duo', prompt: 'the ', max_tokens: 4, seed: 9, ...part }),
    })
    expect(response.status).toBe(200)
    return completion.parse(await response.json())
  }
  for (const ensemble of [
    { strategy: 'mbr', samples: 3, utility: 'chrf' },
    { strategy: 'rerank', samples: 2 },
    { strategy: 'majority', canonicalise: { regex: '^\\s*(\\w+)' } },
  ]) {
    const answer = await complete({ ensemble })
    const { candidates } = answer.ensemble as Extract<typeof answer.ensemble, { candidates: unknown }>
    expect(new Set(candidates.map(({ author }) => author))).toEqual(new Set(['gpt', 'gru']))
    const chosen = candidates.filter((one) => one.chosen)
    expect(chosen.map(({ text }) => text)).toEqual([answer.choices[0]!.text])
    // The same text as the member alone writes by that seed.
    const alone = await complete({ model: `duo/${chosen[0]!.author}`, seed: chosen[0]!.seed })
    expect(alone.choices[0]!.text).toBe(chosen[0]!.text)
  }
  const echoed = await complete({ echo: true, ensemble: { strategy: 'majority' } })
  expect(echoed.choices[0]!.text.startsWith('the ')).toBe(true)
})
