import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { HttpLimits } from './http-client.ts'

/** What every adapter of a server that somebody else wrote is given. */
export interface ServerOptions {
  readonly id: string
  /** Base URL of one replica. */
  readonly url: string
  /** Name of the model at the server; null: the one it serves. */
  readonly model: string | null
  readonly apiKey: string | null
  readonly limits?: Partial<HttpLimits>
  /** Null where no file is given. */
  readonly tokenizer: LoadedTokenizer | null
}

export const defaultLimits: HttpLimits = {
  connectMs: 2_000,
  firstByteMs: 30_000,
  silenceMs: 30_000,
  maxResponseBytes: 256 << 20,
}
