import type { Vocabulary } from '../../core/lattice/vocabulary.ts'
import type { Capabilities, Member, Probe } from '../member.ts'
import { type Acquaintance, defineAcquaintance } from './acquaintance.ts'
import { defineHttpClient, type HttpClient, type HttpOptions } from './http-client.ts'
import { defaultLimits, type ServerOptions } from './server-options.ts'

/** One replica of a member, and what is known of it. */
export interface Served<Known> extends Acquaintance<Known> {
  readonly id: string
  readonly http: HttpClient
}

type Place = Pick<ServerOptions, 'id' | 'url' | 'limits'> & { readonly apiKey?: string | null }

interface Manner extends Omit<HttpOptions, 'apiKey'> {
  /** Milliseconds for getting to know the server. Default: half a minute. */
  readonly meetingMs?: number
}

/** @param meet asks the server what must be known before the first call, given what was known before. */
export function defineServed<Known>(
  { id, url, limits, apiKey = null }: Place,
  meet: (http: HttpClient, before: Known | null, signal: AbortSignal) => Promise<Known>,
  { meetingMs = 30_000, ...options }: Manner = {},
): Served<Known> {
  const http = defineHttpClient(id, url, { ...defaultLimits, ...limits }, { apiKey, ...options })
  return { id, http, ...defineAcquaintance<Known>(id, meetingMs, (before, signal) => meet(http, before, signal)) }
}

type Extras = Pick<Capabilities, 'tokenContexts' | 'scoring' | 'streaming'>

/** What a probe tells of a server that lists the model's own probabilities, whatever else it can. */
export interface Told extends Pick<Capabilities, 'maxTopK' | 'contextLength'>, Partial<Extras> {
  readonly model: string
  /** Null where nobody tells the bytes of tokens. */
  readonly vocabulary: Vocabulary | null
  readonly fingerprint: string | null
}

/** Told nothing else, a member streams, takes tokens where their bytes are known, and scores none. */
function toProbe({ model, vocabulary, fingerprint, ...told }: Told): Probe {
  const exact = fingerprint !== null
  const capabilities: Capabilities = {
    maxTopK: told.maxTopK,
    exactBytes: exact,
    tokenContexts: told.tokenContexts ?? exact,
    scoring: told.scoring ?? 'none',
    streaming: told.streaming ?? true,
    basis: 'raw',
    vocabularyFingerprint: fingerprint,
    contextLength: told.contextLength,
  }
  return { model, capabilities, vocabulary }
}

type Common = Pick<Member, 'id' | 'kind' | 'replica' | 'probe' | 'close'>

/** What members of all kinds have alike. */
export function commonParts<Known>(
  kind: string,
  { id, http, renewed }: Served<Known>,
  tell: (known: Known, signal: AbortSignal) => Told | Promise<Told>,
): Common {
  return {
    id,
    kind,
    replica: http.url,
    probe: async (signal) => toProbe(await tell(await renewed(signal), signal)),
    close: () => http.close(),
  }
}
