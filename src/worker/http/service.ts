import type { TokenTable } from '../../tokenizer/token-table.ts'
import type { Tokenizer } from '../../tokenizer/tokenizer.ts'
import type { ByteWalks } from '../bytes/byte-walks.ts'
import type { Engine } from '../engine.ts'
import type { Chat } from '../model/chat-tokens.ts'

/** What the routes serve: one model, loaded. */
export interface Service {
  readonly name: string
  readonly engine: Engine
  readonly table: TokenTable
  readonly tokenizer: Tokenizer
  readonly byteWalks: ByteWalks
  /** Null for a model without a chat template. */
  readonly chat: Chat | null
  /** Most tokens of a context. */
  readonly contextLength: number
}
