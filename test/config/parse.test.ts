import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'
import { TuttiError } from '../../src/errors.ts'

const members = `
members:
  a: { kind: onnx, url: 'http://a:8000/' }
  b: { kind: onnx, embedded: { model: models/b } }
`

function parse(text: string, env: Record<string, string> = {}) {
  return parseConfig(text, { file: 'tutti.yaml', folder: '/srv', env })
}

function refusal(text: string, env: Record<string, string> = {}): TuttiError {
  try {
    parse(text, env)
  } catch (error) {
    if (error instanceof TuttiError) return error
    throw error
  }
  throw new Error('the file was accepted')
}

const ensemble = (body: string) => `${members}\nensembles:\n  e: ${body}\n`

test('equal weights that sum to 1 when none are given', () => {
  const [e] = parse(ensemble('{ members: [{ id: a }, { id: b }] }')).ensembles
  expect(e?.members).toEqual([
    { id: 'a', weight: 0.5 },
    { id: 'b', weight: 0.5 },
  ])
})

test('given weights are scaled to sum 1, and the largest leads', () => {
  const [e] = parse(ensemble('{ members: [{ id: a, weight: 1 }, { id: b, weight: 3 }] }')).ensembles
  expect(e?.members.map(({ weight }) => weight)).toEqual([0.25, 0.75])
  expect(e?.lead).toBe(1)
})

test('a log-linear pool takes weights below 0, with sum 1', () => {
  const [e] = parse(ensemble('{ members: [{ id: a, weight: 3 }, { id: b, weight: -1 }], pool: log_linear }')).ensembles
  expect(e?.pool).toBe('log_linear')
  expect(e?.members.map(({ weight }) => weight)).toEqual([1.5, -0.5])
})

test('of equal weights the first leads, and a named lead wins', () => {
  expect(parse(ensemble('{ members: [{ id: a }, { id: b }] }')).ensembles[0]?.lead).toBe(0)
  expect(parse(ensemble('{ members: [{ id: a }, { id: b }], lead: b }')).ensembles[0]?.lead).toBe(1)
})

test('model folders are relative to the file, URLs lose their last slash', () => {
  const config = parse(ensemble('{ members: [{ id: a }] }'))
  expect(config.members.map(({ source }) => source)).toEqual([
    { urls: ['http://a:8000'] },
    { model: '/srv/models/b', threads: 1 },
  ])
})

test('a member of each kind, with the fields of its kind', () => {
  const text = `
members:
  l: { kind: llamacpp, replicas: ['http://l1:80/', 'http://l2'], top_k: 50 }
  v: { kind: vllm, url: 'http://v', model: m, api_key: '\${KEY}', tokenizer: tokens/v }
  s: { kind: sglang, url: 'http://s', tokenizer: tokens/s }
  t: { kind: tgi, url: 'http://t', tokenizer: tokens/t.json }
  u: { kind: tgi, url: 'http://u' }
  i: { kind: oip, url: 'http://t', model: m, tokenizer: tokens/t, output: scores, context_length: 512 }
  o: { kind: openai, url: 'http://o/v1', model: m, headers: { OpenAI-Organization: org } }
  p: { kind: ollama, url: 'http://p', model: m }
ensembles:
  e: { members: [{ id: l }, { id: v }, { id: s }, { id: t }, { id: u }] }
`
  expect(parse(text, { KEY: 'secret' }).members).toMatchObject([
    {
      id: 'l',
      kind: 'llamacpp',
      source: { urls: ['http://l1:80', 'http://l2'] },
      topK: 50,
      tokenizer: null,
      model: null,
    },
    { id: 'v', kind: 'vllm', model: 'm', apiKey: 'secret', tokenizer: '/srv/tokens/v' },
    { id: 's', kind: 'sglang', tokenizer: '/srv/tokens/s' },
    { id: 't', kind: 'tgi', tokenizer: '/srv/tokens/t.json' },
    { id: 'u', kind: 'tgi', tokenizer: null },
    { id: 'i', kind: 'oip', tokenizer: '/srv/tokens/t', output: 'scores', binary: true, contextLength: 512 },
    {
      id: 'o',
      kind: 'openai',
      api: 'chat',
      tokenizer: null,
      contextLength: null,
      headers: { 'openai-organization': 'org' },
    },
    { id: 'p', kind: 'ollama', tokenizer: null, contextLength: null },
  ])
})

test.each([
  ['{ kind: vllm, url: "http://v" }', 'members.a.tokenizer', 'expected string'],
  ['{ kind: sglang, url: "http://s" }', 'members.a.tokenizer', 'expected string'],
  ['{ kind: llamacpp }', 'members.a', 'none of `url`, `replicas`'],
  ['{ kind: llamacpp, url: "http://a", replicas: ["http://b"] }', 'members.a', 'more than one of'],
  ['{ kind: onnx, url: "http://a", embedded: { model: b } }', 'members.a', 'more than one of'],
  ['{ kind: llamacpp, url: "ftp://a" }', 'members.a.url', 'URL'],
  ['{ kind: llamacpp, url: "http://a", embedded: { model: b } }', 'members.a.embedded', 'not a known field'],
  ['{ kind: triton, url: "http://a" }', 'members.a.kind', 'onnx, llamacpp, vllm, sglang, tgi, oip, openai, ollama'],
])('member %s is refused with its place', (member, param, says) => {
  const error = refusal(`members:\n  a: ${member}\nensembles:\n  e: { members: [{ id: a }] }\n`)
  expect(error.param).toBe(param)
  expect(error.message).toContain(says)
})

test('a member that only answers takes no part in an ensemble over bytes or tokens', () => {
  const member = (api: string) => `a: { kind: openai, url: "http://a", model: m, ${api} }`
  const file = (api: string) => `members:\n  ${member(api)}\nensembles:\n  e: { members: [{ id: a }] }\n`
  const error = refusal(file('api: chat'))
  expect(error.param).toBe('ensembles.e.members[0].id')
  expect(error.message).toContain('"a" gives answers (`api: chat`)')
  expect(parse(file('api: completions')).members).toHaveLength(1)
})

test('the result is frozen all through', () => {
  const config = parse(ensemble('{ members: [{ id: a }] }'))
  expect(Object.isFrozen(config.ensembles[0]?.members[0])).toBe(true)
  expect(() => Object.assign(config.ensembles[0]!.sampling, { temperature: 0 })).toThrow(TypeError)
})

test('an error names file, line, path, reason and remedy', () => {
  const error = refusal(ensemble('{ members: [{ id: a, weight: 1 }, { id: b, weight: heavy }] }'))
  expect(error.code).toBe('invalid_config')
  expect(error.param).toBe('ensembles.e.members[1].weight')
  expect(error.message).toMatch(/^tutti\.yaml:7:\d+: ensembles\.e\.members\[1\]\.weight .*expected number/)
})

test.each([
  [
    'an unknown field',
    `${ensemble('{ members: [{ id: a }], qorum: 1 }')}`,
    'ensembles.e.qorum',
    'did you mean quorum?',
  ],
  [
    'an unknown field at the root',
    `${ensemble('{ members: [{ id: a }] }')}\nserve: {}`,
    'serve',
    'did you mean server?',
  ],
  [
    'an unknown member',
    ensemble('{ members: [{ id: a }, { id: c }] }'),
    'ensembles.e.members[1].id',
    'did you mean a?',
  ],
  ['a member twice', ensemble('{ members: [{ id: a }, { id: a }] }'), 'ensembles.e.members[1].id', 'once'],
  ['weights all 0', ensemble('{ members: [{ id: a, weight: 0 }] }'), 'ensembles.e.members', 'above 0'],
  [
    'some weights',
    ensemble('{ members: [{ id: a, weight: 1 }, { id: b }] }'),
    'ensembles.e.members[1].weight',
    'every',
  ],
  ['a quorum above the members', ensemble('{ members: [{ id: a }], quorum: 2 }'), 'ensembles.e.quorum', 'at most 1'],
  ['a lead from outside', ensemble('{ members: [{ id: a }], lead: b }'), 'ensembles.e.lead', 'did you mean a?'],
  ['a pool that does not exist', ensemble('{ members: [{ id: a }], pool: magic }'), 'ensembles.e.pool', 'linear'],
  [
    'a weight below 0 outside a log-linear pool',
    ensemble('{ members: [{ id: a, weight: 2 }, { id: b, weight: -1 }], pool: vote }'),
    'ensembles.e.members[1].weight',
    'log_linear',
  ],
  [
    'a member without a source',
    'members: { a: { kind: onnx } }\nensembles: { e: { members: [{ id: a }] } }',
    'members.a',
    '`url`',
  ],
  [
    'a kind that does not exist',
    'members: { a: { kind: magic } }\nensembles: { e: { members: [{ id: a }] } }',
    'members.a.kind',
    'onnx',
  ],
  [
    'a member name with a slash',
    "members: { 'a/b': { kind: onnx, url: 'http://a' } }\nensembles: {}",
    'members.a/b',
    'letters',
  ],
  ['no ensembles', `${members}\nensembles: {}`, 'ensembles', 'at least one'],
])('%s is refused with its path and a remedy', (_, text, path, remedy) => {
  const error = refusal(text)
  expect(error.param).toBe(path)
  expect(error.message).toContain(remedy)
})

test('every problem of a file is told at once', () => {
  const error = refusal(ensemble('{ members: [{ id: c }], quorum: 9 }'))
  expect(error.message.split('\n')).toHaveLength(2)
})

test('text that is not YAML is refused with its line', () => {
  expect(refusal('members: [').message).toMatch(/tutti\.yaml is not valid YAML: .*line 1/)
  expect(refusal('a: 1\na: 2').message).toContain('unique')
})

test('an empty file lacks members and ensembles', () => {
  expect(refusal('').message).toMatch(/members.*\n.*ensembles/)
})

test.each([
  ['holds itself', 'members: &a { x: *a }'],
  [
    'holds itself further down',
    'members: { a: { kind: onnx, url: "http://a" } }\nensembles: &e { e: { members: *e } }',
  ],
  [
    'multiplies',
    `a: &a [1,1,1,1,1,1,1,1,1]\n${['b', 'c', 'd'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abc'[i]}`).join(',')}]`).join('\n')}`,
  ],
])('an alias that %s is refused', (_, text) => {
  expect(() => parseConfig(text, { file: 'x.yaml', folder: '/', env: {} })).toThrow(/x\.yaml: an alias/)
})

const chats = `
members:
  x: { kind: openai, url: 'http://x', model: m }
  y: { kind: openai, url: 'http://y', model: m }
`
const jury = (body: string) => `${chats}\nensembles:\n  e: { members: [{ id: x }, { id: y }], ${body} }\n`

test('members that only answer make an ensemble by a strategy that chooses among answers', () => {
  const text = jury('strategy: majority, samples: 3, canonicalise: { regex: "= (\\\\d+)" }')
  expect(parse(text).ensembles[0]?.strategy).toEqual({
    kind: 'majority',
    samples: 3,
    canonicalise: { regex: '= (\\d+)' },
    utility: 'chrf',
  })
  expect(parse(ensemble('{ members: [{ id: a }] }')).ensembles[0]?.strategy).toMatchObject({ kind: 'fuse', samples: 1 })
})

test.each([
  [jury('strategy: fuse'), 'ensembles.e.members[0].id', 'gives answers'],
  [jury('strategy: rerank'), 'ensembles.e.strategy', 'needs a member that scores texts'],
  [ensemble('{ members: [{ id: a }], strategy: rerank }'), 'ensembles.e.strategy', 'there is one member'],
  [
    ensemble('{ members: [{ id: a, weight: 2 }, { id: b, weight: -1 }], pool: log_linear, strategy: mbr }'),
    'ensembles.e.members[1].weight',
    'chooses among answers',
  ],
  [jury('strategy: majority, canonicalise: { regex: "(" }'), 'ensembles.e.canonicalise.regex', 'missing closing'],
  [jury('strategy: majority, canonicalise: words'), 'ensembles.e.canonicalise', 'must be exact'],
  [jury('strategy: majority, samples: 0'), 'ensembles.e.samples', '>=1'],
])('a strategy that can not be is refused by name: %s', (text, param, reason) => {
  const error = refusal(text)
  expect(error.message).toContain(param)
  expect(error.message).toContain(reason)
})

test('weights stay as they are unless the ensemble says that they follow the text', () => {
  const adaptive = (body: string) =>
    parse(ensemble(`{ members: [{ id: a }, { id: b }]${body} }`)).ensembles[0]?.adaptive
  expect(adaptive('')).toEqual({ kind: 'none' })
  expect(adaptive(', adaptive: bayes')).toEqual({ kind: 'bayes' })
  expect(adaptive(', adaptive: prompt_fit, adaptive_temperature: 0.5')).toEqual({
    kind: 'prompt_fit',
    temperature: 0.5,
  })
})

test.each([
  [
    ensemble('{ members: [{ id: a, weight: 2 }, { id: b, weight: -1 }], pool: log_linear, adaptive: bayes }'),
    'ensembles.e.members[1].weight',
  ],
  [
    ensemble('{ members: [{ id: a }, { id: b }], adaptive: prompt_fit, adaptive_temperature: 0 }'),
    'adaptive_temperature',
  ],
  [ensemble('{ members: [{ id: a }, { id: b }], adaptive: bayes, strategy: majority }'), 'ensembles.e.adaptive'],
])('adaptive weights that can not be are refused by name: %s', (text, param) => {
  expect(refusal(text).message).toContain(param)
})
