import { resolve as resolvePath } from 'node:path'
import type { MemberConfig, ResilienceConfig, ServerFields } from './config.ts'
import type { ConfigFile } from './schema.ts'
import { secretHeaders } from './secret-headers.ts'

type MemberFile = ConfigFile['members'][string]
type ServerFile = Exclude<MemberFile, { kind: 'onnx' }>

/**
 * One checked member of the file as the program's: paths absolute, URLs without a slash at their end.
 *
 * @param filled values of the file that came from the environment.
 */
export function resolveMember(
  id: string,
  member: MemberFile,
  { folder, filled }: { readonly folder: string; readonly filled: ReadonlySet<string> },
): MemberConfig {
  const path = (relative: string) => resolvePath(folder, relative)
  switch (member.kind) {
    case 'onnx':
      return {
        ...callFields(id, member),
        kind: member.kind,
        source: member.embedded
          ? { model: path(member.embedded.model), threads: member.embedded.threads }
          : { urls: urlsOf(member) },
      }
    case 'llamacpp':
    case 'tgi':
      return {
        ...serverFields(id, member),
        kind: member.kind,
        tokenizer: member.tokenizer === undefined ? null : path(member.tokenizer),
      }
    case 'vllm':
    case 'sglang':
      return { ...serverFields(id, member), kind: member.kind, tokenizer: path(member.tokenizer) }
    case 'oip':
      return {
        ...serverFields(id, member),
        kind: member.kind,
        model: member.model,
        tokenizer: path(member.tokenizer),
        output: member.output,
        binary: member.binary,
        contextLength: member.context_length ?? null,
      }
    case 'ollama':
      return {
        ...serverFields(id, member),
        kind: member.kind,
        model: member.model,
        tokenizer: member.tokenizer === undefined ? null : path(member.tokenizer),
        contextLength: member.context_length ?? null,
      }
    case 'openai': {
      const named = Object.entries(member.headers ?? {})
      const headers = Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), value]))
      return {
        ...serverFields(id, member),
        kind: member.kind,
        model: member.model,
        api: member.api,
        tokenizer: member.tokenizer === undefined ? null : path(member.tokenizer),
        contextLength: member.context_length ?? null,
        headers,
        secretHeaders: secretHeaders(headers, filled),
      }
    }
  }
}

function urlsOf({ url, replicas }: Pick<MemberFile, 'url' | 'replicas'>): string[] {
  return (replicas ?? [url ?? '']).map((one) => one.replace(/\/+$/, ''))
}

type CallFile = Pick<
  MemberFile,
  'top_k' | 'timeouts' | 'retries' | 'hedge' | 'breaker' | 'max_concurrent' | 'max_waiting'
>

function callFields(id: string, member: CallFile) {
  const { top_k, timeouts } = member
  return {
    id,
    topK: top_k ?? null,
    timeouts: {
      connectMs: timeouts.connect_ms,
      firstByteMs: timeouts.first_byte_ms,
      silenceMs: timeouts.silence_ms,
    },
    resilience: resilienceOf(member),
  }
}

function resilienceOf({ timeouts, retries, hedge, breaker, max_concurrent, max_waiting }: CallFile): ResilienceConfig {
  return {
    limits: {
      firstTokenMs: timeouts.first_token_ms,
      betweenTokensMs: timeouts.between_tokens_ms,
      totalMs: timeouts.total_ms ?? null,
    },
    retries: {
      most: retries.most,
      firstMs: retries.first_wait_ms,
      longestMs: retries.longest_wait_ms,
      budget: retries.budget,
    },
    hedge: hedge ? { quantile: hedge.quantile, leastMs: hedge.least_ms, afterCalls: hedge.after_calls } : null,
    breaker: { failures: breaker.failures, openMs: breaker.open_ms },
    gate: max_concurrent === undefined ? null : { most: max_concurrent, waiting: max_waiting },
  }
}

function serverFields(id: string, member: ServerFile): ServerFields {
  return {
    ...callFields(id, member),
    source: { urls: urlsOf(member) },
    apiKey: member.api_key ?? null,
    model: member.model ?? null,
  }
}
