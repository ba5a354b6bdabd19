import type { Span, Tracer } from '@opentelemetry/api'
import type { Observer } from '../ensemble/observer.ts'

/** The trace of one request: a span for it, one for each call of a member, one for the fusion. */
export interface RequestTrace {
  /** 32 hexadecimal digits. */
  readonly id: string
  /** The header for calls that are made for the request (W3C Trace Context, section 3.2). */
  readonly traceparent: string
  /** The observer, with what it is told put into the trace too. */
  over(observer: Observer): Observer
  ended(event: { readonly route: string; readonly status: number; readonly code: string | null }): void
}

/** What a request is when it comes; `parent` is its `traceparent` header. */
interface TracedRequest {
  readonly method: string
  readonly route: string
  readonly parent: string | undefined
}

export interface Tracing {
  start(request: TracedRequest): RequestTrace
  /** Sends what is not sent yet, for two seconds at most; never rejects. */
  close(): Promise<void>
}

type Environment = Readonly<Record<string, string | undefined>>

/** Milliseconds that the last traces may take: a collector that is gone must not hold up a gateway that stops. */
const flushMs = 2_000

/**
 * Traces by OpenTelemetry, sent by OTLP over HTTP to where the standard variables say; nothing of it is loaded before.
 *
 * @param kindOf the wire protocol of a member, by id.
 * @param onLost told why the last traces could not be sent.
 */
export async function startTracing(
  env: Environment,
  version: string,
  kindOf: (member: string) => string,
  onLost: (reason: string) => void,
): Promise<Tracing> {
  const [api, core, sdk, exporting, resources] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/core'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const own = { 'service.name': env['OTEL_SERVICE_NAME'] ?? 'tutti', 'service.version': version }
  const told = resources.detectResources({ detectors: [resources.envDetector] })
  const provider = new sdk.TracerProvider({
    resource: resources.resourceFromAttributes(own).merge(told),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratioOf(env)) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new exporting.OTLPTraceExporter() })],
  })
  const tracer = provider.getTracer('tutti', version)

  function start({ method, route, parent }: TracedRequest): RequestTrace {
    const remote = parent === undefined ? null : core.parseTraceParent(parent)
    const around =
      remote === null ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, { ...remote, isRemote: true })
    const attributes = { 'http.request.method': method, 'http.route': route }
    const span = tracer.startSpan(`${method} ${route}`, { kind: api.SpanKind.SERVER, attributes }, around)
    const within = api.trace.setSpan(api.ROOT_CONTEXT, span)
    const child: Child = (name, kind, seconds, childAttributes) => {
      const now = Date.now()
      const options = { kind, startTime: now - seconds * 1000, attributes: childAttributes }
      return { span: tracer.startSpan(name, options, within), end: now }
    }
    const { traceId, spanId, traceFlags } = span.spanContext()
    return {
      id: traceId,
      traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
      over: (observer) => ({ ...observer, ...tracedObserver(observer, span, child, kindOf) }),
      ended({ status, code }) {
        span.setAttribute('http.response.status_code', status)
        if (code !== null) span.setAttribute('error.type', code)
        if (status >= 500 || (code !== null && status < 400)) span.setStatus({ code: 2 })
        span.end()
      },
    }
  }

  async function close(): Promise<void> {
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${flushMs} ms`)), flushMs)
    try {
      await Promise.race([provider.shutdown(), late.promise])
    } catch (error) {
      onLost(reasonOf(error))
    } finally {
      clearTimeout(timer)
    }
  }

  return { start, close }
}

/** The system's code (`ECONNREFUSED`), or what went wrong. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

/** Starts a span that has lasted so many seconds and ends now. */
type Child = (
  name: string,
  kind: 0 | 2,
  seconds: number,
  attributes: Readonly<Record<string, string | number | boolean>>,
) => { readonly span: ReturnType<Tracer['startSpan']>; readonly end: number }

const internal = 0
const client = 2
const failed = { code: 2 } as const

/** Names of attributes are those of OpenTelemetry's conventions for generative AI, as far as there are any. */
function tracedObserver(
  observer: Observer,
  request: Span,
  child: Child,
  kindOf: (member: string) => string,
): Pick<Observer, 'memberCall' | 'memberLost' | 'answered'> {
  return {
    memberCall(event) {
      observer.memberCall(event)
      const { member, outcome, seconds } = event
      const { span, end } = child(`text_completion ${member}`, client, seconds, {
        'gen_ai.operation.name': 'text_completion',
        'gen_ai.provider.name': kindOf(member),
        'gen_ai.request.model': member,
      })
      if (outcome !== 'ok') span.setAttribute('error.type', outcome).setStatus(failed)
      span.end(end)
    },
    memberLost(event) {
      observer.memberLost(event)
      request.addEvent('member lost', { 'tutti.member': event.member, 'error.type': event.code })
    },
    answered(event) {
      observer.answered(event)
      request.setAttributes({
        'gen_ai.operation.name': 'text_completion',
        'gen_ai.provider.name': 'tutti',
        'gen_ai.request.model': event.ensemble,
        'gen_ai.usage.input_tokens': event.promptTokens,
        'gen_ai.usage.output_tokens': event.tokens,
      })
      const { span, end } = child(`fuse ${event.ensemble}`, internal, event.seconds, {
        'tutti.operation': event.operation,
        'tutti.steps': event.steps,
        'tutti.certified_steps': event.certifiedSteps,
        'tutti.waves': event.waves,
        'tutti.fusing_ms': event.fusingSeconds * 1000,
        'tutti.missing_mass_mean': event.missingMassMean,
        'tutti.degraded': event.degraded,
      })
      span.end(end)
    },
  }
}

/** The share of traces that is kept, where no caller has decided. */
function ratioOf(env: Environment): number {
  const sampler = (env['OTEL_TRACES_SAMPLER'] ?? '').replace('parentbased_', '')
  if (sampler === 'always_off') return 0
  const ratio = Number(env['OTEL_TRACES_SAMPLER_ARG'] ?? '1')
  return sampler === 'traceidratio' && ratio >= 0 && ratio <= 1 ? ratio : 1
}
