import { textTokens, type Vocabulary } from '../core/lattice/vocabulary.ts'
import { TuttiError } from '../errors.ts'
import type { Capabilities, ChatMessage } from '../members/member.ts'
import { type Directory, findEnsemble } from './directory.ts'
import type { Seat } from './ensemble.ts'
import { noChat, unknownVocabulary } from './prompt.ts'

/** The tokenizer of an ensemble's lead member, in whose tokens requests may be given and answers are counted. */
export interface LeadTokenizer {
  readonly member: string
  readonly vocabulary: Vocabulary
  readonly capabilities: Capabilities
  /** @param special with the special tokens that begin a context. */
  tokenize(text: string, special: boolean, signal: AbortSignal): Promise<Int32Array>
  /** The context that the member's template makes of a conversation. */
  tokenizeChat(messages: readonly ChatMessage[], signal: AbortSignal): Promise<Int32Array>
  /** The bytes that the tokens spell; special tokens spell none. */
  detokenize(tokens: readonly number[]): Uint8Array
  /** The token as text; special ones by a name of Tutti's, as no protocol tells how a model writes them. */
  nameOf(token: number): string
}

/**
 * @param model as in a request; absent: the first ensemble.
 * @throws TuttiError `model_not_found`, or `member_unavailable` when the lead member is down, `unsupported_parameter`
 *   when nobody knows its vocabulary.
 */
export function leadTokenizer(directory: Directory, model: string | undefined): LeadTokenizer {
  const { ensemble } = findEnsemble(directory, model ?? [...directory.ensembles.keys()][0] ?? '')
  const { member } = ensemble.seats[ensemble.lead] as Seat
  const state = directory.state(member.id)
  const probe = state.probe()
  const reason = state.down() ?? (probe === null ? 'not probed yet' : null)
  if (reason !== null || probe === null) {
    throw new TuttiError('member_unavailable', `the lead member "${member.id}" is down: ${reason}`, {
      member: member.id,
    })
  }
  const { vocabulary } = probe
  if (vocabulary === null) throw unknownVocabulary(member.id, 'model')
  const isSpecial = (token: number) => vocabulary.bytes[token]?.length === 0

  return {
    member: member.id,
    vocabulary,
    capabilities: probe.capabilities,
    async tokenize(text, special, signal) {
      const named = tokenNamed(text)
      if (named !== null && isSpecial(named)) return Int32Array.of(named)
      const tokens = await member.tokenize(text, signal)
      return special ? tokens : textTokens(tokens, vocabulary)
    },
    async tokenizeChat(messages, signal) {
      if (member.chat === undefined) throw noChat(member.id)
      const context = await member.chat(messages, signal)
      return 'tokens' in context ? context.tokens : member.tokenize(context.text, signal)
    },
    detokenize: (tokens) => Buffer.concat(tokens.map((token, index) => bytesOf(token, index, vocabulary))),
    nameOf: (token) => (isSpecial(token) ? `<|token:${token}|>` : decoder.decode(vocabulary.bytes[token])),
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The id in the name of a special token; null for any other text. */
function tokenNamed(text: string): number | null {
  const [, id] = /^<\|token:(\d+)\|>$/.exec(text) ?? []
  return id === undefined ? null : Number(id)
}

function bytesOf(token: number, index: number, vocabulary: Vocabulary): Uint8Array {
  const bytes = vocabulary.bytes[token]
  if (bytes !== undefined) return bytes
  const param = `tokens[${index}]`
  const message = `\`${param}\`: token ${token} is not in the vocabulary of ${vocabulary.size} tokens`
  throw new TuttiError('unknown_token', message, { param })
}
