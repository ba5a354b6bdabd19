import { count, milliseconds, percent } from './format.ts'
import type { MemberView, Replica } from './wire.ts'

/** What is known of a member, in words: a name and lines. Pure, so that a card changes only where its words do. */
export function factsOf(member: MemberView): readonly (readonly [string, readonly string[]])[] {
  const { kind, model, weight, lead, replicas, calls_open, streams_open = 0 } = member
  return [
    ['model', [model ?? 'not known yet']],
    ['weight', [`${percent(weight)}${lead ? ', leads: its token borders cut the pieces' : ''}`]],
    ['protocol', [kind]],
    ['replicas', replicas.map((replica) => `${replica.url} ${replicaWords(replica)}`)],
    ['latency', [latencyWords(member)]],
    [
      'now',
      [calls_open === undefined ? 'not told' : `${count(calls_open, 'call')}, ${count(streams_open, 'stream')} open`],
    ],
    ['gives', [capabilityWords(member)]],
    ['probe', probeWords(member)],
  ]
}

function replicaWords({ breaker, status, reason }: Replica): string {
  if (status === 'down') return `down: ${reason}`
  if (breaker === 'closed') return 'in use'
  return breaker === 'open' ? 'breaker open: not called' : 'breaker half open: being tried'
}

function latencyWords({ latency }: MemberView): string {
  if (latency === undefined) return 'this gateway does not tell it'
  if (latency === null) return 'no call in the last minute'
  const { median_ms, p95_ms, calls } = latency
  return `${milliseconds(median_ms)} median, ${milliseconds(p95_ms)} 95th percentile, ${count(calls, 'call')} in the last minute`
}

function capabilityWords({ capabilities }: MemberView): string {
  if (capabilities === null) return 'not known yet'
  const { max_top_k, exact_bytes, token_contexts, scoring, streaming, basis, context_length } = capabilities
  const scored = { none: 'no scoring of given texts', chosen: 'scores given tokens', listed: 'lists along given texts' }
  return [
    `lists of up to ${max_top_k.toLocaleString('en')} tokens`,
    exact_bytes ? 'exact bytes' : 'tokens as text only',
    token_contexts ? 'contexts of tokens' : 'contexts of text',
    scored[scoring],
    streaming ? 'streams' : 'no streams',
    basis === 'raw' ? 'before temperature' : 'after temperature',
    `context of ${context_length.toLocaleString('en')}`,
  ].join(', ')
}

function probeWords({ probe }: MemberView): readonly string[] {
  if (probe === undefined) return ['this gateway does not tell its verdict']
  if (probe === null) return ['not probed yet']
  const when = new Date(probe.at * 1000).toLocaleTimeString()
  return [`${probe.ok ? 'passed' : 'failed'} at ${when}`, ...probe.notes]
}
