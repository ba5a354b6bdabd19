import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { compose } from '../../src/compose.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { smallModel } from '../conformance/support.ts'
import { startTwin } from '../wire/kit/twin.ts'
import { llamacpp } from '../wire/llamacpp.ts'

interface SentSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
  readonly status: { readonly code?: number }
}

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** An OTLP receiver over HTTP, which keeps what it is sent. */
async function startReceiver() {
  const spans: SentSpan[] = []
  const resources: unknown[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    for (const { resource, scopeSpans } of resourceSpans) {
      resources.push(resource)
      for (const scope of scopeSpans) spans.push(...scope.spans)
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => server.close() })
  return { spans, resources, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function start(env: Record<string, string>, faulty = false) {
  const twins = await Promise.all([startTwin(llamacpp, smallModel()), startTwin(llamacpp, smallModel())])
  open.push(...twins)
  const config = parseConfig(
    `
server: { port: 0 }
members: { a: { kind: llamacpp, url: '${twins[0].url}' }, b: { kind: llamacpp, url: '${twins[1].url}' } }
ensembles: { e: { members: [{ id: a }, { id: b }] } }
`,
    { file: 'x.yaml', folder: '/', env: {} },
  )
  const log: Record<string, unknown>[] = []
  const gateway = await compose(
    config,
    createLogger('info', { write: (line) => log.push(JSON.parse(line)) }),
    '7.7',
    env,
  )
  if (faulty) for (const twin of twins) twin.faults = { refuse: { status: 400 } }
  const ask = async (headers: Record<string, string> = {}) => {
    const body = JSON.stringify({ model: 'e', prompt: 'CANARY', max_tokens: 3 })
    const answer = await fetch(`${gateway.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    return (await answer.json()) as { usage: { prompt_tokens: number; completion_tokens: number } }
  }
  return { gateway, log, ask, twins }
}

const valuesOf = (span: SentSpan) =>
  Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

test('a request is one trace: itself, each call of a member, and the fusion; the log names it', async () => {
  // The exporter reads the standard variables from the process itself.
  const { spans, resources, endpoint } = await startReceiver()
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint
  open.push({ close: () => delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] })
  const { gateway, log, ask } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: 'ours' })
  const parent = { trace: '4bf92f3577b34da6a3ce929d0e0e4736', span: '00f067aa0ba902b7' }
  const { usage } = await ask({ traceparent: `00-${parent.trace}-${parent.span}-01` })
  await gateway.close()
  const root = spans.find(({ kind }) => kind === 2)!
  expect(root).toMatchObject({ name: 'POST /v1/completions', traceId: parent.trace, parentSpanId: parent.span })
  expect(valuesOf(root)).toMatchObject({
    'http.route': '/v1/completions',
    'http.response.status_code': 200,
    'gen_ai.request.model': 'e',
    'gen_ai.usage.input_tokens': usage.prompt_tokens,
    'gen_ai.usage.output_tokens': usage.completion_tokens,
  })
  const children = spans.filter((span) => span !== root)
  for (const child of children) {
    expect(child).toMatchObject({ traceId: parent.trace, parentSpanId: root.spanId })
    expect(BigInt(child.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(child.startTimeUnixNano))
  }
  const calls = children.filter(({ kind }) => kind === 3)
  expect(new Set(calls.map((call) => valuesOf(call)['gen_ai.request.model']))).toEqual(new Set(['a', 'b']))
  expect(new Set(calls.map((call) => valuesOf(call)['gen_ai.provider.name']))).toEqual(new Set(['llamacpp']))
  const fusions = children.filter(({ kind }) => kind === 1)
  expect(fusions.map(({ name }) => name)).toEqual(['fuse e'])
  expect(valuesOf(fusions[0]!)).toMatchObject({ 'tutti.operation': 'completion', 'tutti.degraded': false })
  expect(log.find(({ msg }) => msg === 'request')).toMatchObject({ trace_id: parent.trace })
  expect(JSON.stringify(resources)).toContain('"ours"')
  expect(JSON.stringify([spans, resources])).not.toContain('CANARY')
})

test('calls of members carry the trace and the request as their parent, and nothing else that a caller sent', async () => {
  const { spans, endpoint } = await startReceiver()
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint
  open.push({ close: () => delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] })
  const { gateway, ask, twins } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
  const met = twins.map(({ calls }) => calls.length)
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
  const foreign = { tracestate: 'CANARY=1', baggage: 'CANARY=1', 'x-canary': 'CANARY', cookie: 'CANARY' }
  await Promise.all([
    ask({ traceparent: `00-${trace}-00f067aa0ba902b7-01`, ...foreign }),
    ask({ traceparent: 'CANARY', ...foreign }),
    ask(),
  ])
  await gateway.close()
  const roots = spans.filter(({ kind }) => kind === 2)
  const expected = roots.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`)
  expect(new Set(expected).size).toBe(3)
  for (const [index, { calls }] of twins.entries()) {
    const headers = calls.slice(met[index]).map((call) => call.headers)
    // Each request has called each member, and no call is without its request.
    expect(new Set(headers.map(({ traceparent }) => traceparent))).toEqual(new Set(expected))
    expect(JSON.stringify(headers)).not.toContain('CANARY')
    // Probes are part of no request.
    expect(calls.slice(0, met[index]).some(({ headers: own }) => 'traceparent' in own)).toBe(false)
  }
  expect(expected.filter((one) => one.includes(trace))).toHaveLength(1)
})

test('calls and requests that fail say so, by code', async () => {
  const { spans, endpoint } = await startReceiver()
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint
  open.push({ close: () => delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] })
  const { gateway, ask } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, true)
  await ask()
  await gateway.close()
  const root = spans.find(({ kind }) => kind === 2)!
  expect(valuesOf(root)).toMatchObject({ 'http.response.status_code': 503, 'error.type': 'quorum_not_met' })
  expect(root.status.code).toBe(2)
  const call = spans.find((span) => span.kind === 3 && span.status.code === 2)!
  expect(valuesOf(call)).toMatchObject({ 'error.type': 'member_rejected' })
})

test('without an endpoint nothing is traced', async () => {
  const { log, ask, twins } = await start({})
  await ask({ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' })
  for (const { calls } of twins) expect(calls.some(({ headers }) => 'traceparent' in headers)).toBe(false)
  expect(log.find(({ msg }) => msg === 'request')).not.toHaveProperty('trace_id')
})

test.each([
  ['refuses', 'ECONNREFUSED'],
  ['hangs', 'no answer within 2000 ms'],
])(
  'a collector that %s costs the last traces and two seconds at most; the gateway closes all the same',
  async (how, why) => {
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const shut = () => {
      server.close()
      server.closeAllConnections()
    }
    if (how === 'refuses') shut()
    else open.push({ close: shut })
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint
    open.push({ close: () => delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] })
    const { gateway, log, ask } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
    await ask()
    const started = performance.now()
    await gateway.close()
    expect(performance.now() - started).toBeLessThan(4_000)
    const reason = expect.stringMatching(why.startsWith('E') ? /^(ECONNREFUSED|no answer within 2000 ms)$/ : why)
    expect(log).toContainEqual(expect.objectContaining({ level: 'warn', reason, msg: 'the last traces were not sent' }))
  },
)

test.each(['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'])(
  '%s that is no URL is refused by its name, before anything starts',
  async (name) => {
    await expect(start({ [name]: 'SECRET' })).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringMatching(`^${name} is not a URL of http or https`),
    })
    await expect(start({ [name]: 'ftp://127.0.0.1/' })).rejects.toThrow(name)
    await expect(start({ [name]: 'SECRET' })).rejects.not.toThrow('SECRET')
  },
)
