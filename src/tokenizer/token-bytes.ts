import { z } from 'zod'
import { TuttiError } from '../errors.ts'

const component = z.looseObject({ type: z.string() })
type Component = z.infer<typeof component>

const tokenizerFile = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string(), special: z.boolean() })).default([]),
  decoder: component.nullish(),
  model: z.looseObject({
    type: z.string().nullish(),
    vocab: z.unknown(),
    byte_fallback: z.boolean().nullish(),
  }),
})

export interface TokenBytes {
  /** Bytes of each token by id; empty where the tokenizer has no text for the id. */
  readonly bytes: readonly Uint8Array[]
  /** Ids of the special added tokens. */
  readonly special: ReadonlySet<number>
}

const none = new Uint8Array(0)
const utf8 = new TextEncoder()

/** GPT-2's byte-level alphabet: a printable stand-in character for every byte (openai/gpt-2, encoder.py). */
function byteLevelAlphabet(): ReadonlyMap<string, number> {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173)
  const alphabet = new Map<string, number>()
  let standIn = 256
  for (let byte = 0; byte < 256; byte++) {
    alphabet.set(String.fromCharCode(printable(byte) ? byte : standIn++), byte)
  }
  return alphabet
}

function byteLevelBytes(token: string, alphabet: ReadonlyMap<string, number>): Uint8Array {
  const bytes: number[] = []
  for (const character of token) {
    const byte = alphabet.get(character)
    // A piece outside the alphabet can't come out of byte-level encoding: it has no text.
    if (byte === undefined) return none
    bytes.push(byte)
  }
  return Uint8Array.from(bytes)
}

/** Sentencepiece's pieces: `▁` is a space, `<0x0A>` a byte. */
function sentencePieceBytes(token: string): Uint8Array {
  const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1]
  if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16))
  return utf8.encode(token.replaceAll('▁', ' '))
}

function components(of: Component | null | undefined): Component[] {
  if (!of) return []
  const inner = z.array(component).safeParse(of['decoders'])
  return inner.success ? [of, ...inner.data.flatMap(components)] : [of]
}

function pieceToBytes(file: z.infer<typeof tokenizerFile>): (token: string) => Uint8Array {
  const types = components(file.decoder).map((part) => part.type)
  if (types.includes('ByteLevel')) {
    const alphabet = byteLevelAlphabet()
    return (token) => byteLevelBytes(token, alphabet)
  }
  if (types.includes('ByteFallback') || types.includes('Metaspace') || file.model.byte_fallback)
    return sentencePieceBytes
  throw new TuttiError(
    'invalid_model',
    `tokenizer.json: decoder ${types.join(' > ') || 'none'} is not supported; Tutti reads byte-level BPE and sentencepiece-style BPE`,
  )
}

/**
 * The exact bytes of every token, read from the tokenizer's pieces. Decoding single ids instead would lose bytes: a
 * token that holds part of a character decodes to U+FFFD.
 *
 * @param size number of tokens the model scores; ids the tokenizer doesn't know stay empty.
 * @throws TuttiError `invalid_model` for a tokenizer other than BPE.
 */
export function readTokenBytes(tokenizer: unknown, size: number): TokenBytes {
  const parsed = tokenizerFile.safeParse(tokenizer)
  if (!parsed.success) throw new TuttiError('invalid_model', `tokenizer.json: ${z.prettifyError(parsed.error)}`)
  const file = parsed.data
  const vocabulary = z.record(z.string(), z.int()).safeParse(file.model.vocab)
  if ((file.model.type ?? 'BPE') !== 'BPE' || !vocabulary.success) {
    throw new TuttiError('invalid_model', `tokenizer.json: model ${file.model.type} is not supported; Tutti reads BPE`)
  }
  const toBytes = pieceToBytes(file)
  const bytes = new Array<Uint8Array>(size).fill(none)
  for (const [token, id] of Object.entries(vocabulary.data)) {
    if (id < size) bytes[id] = toBytes(token)
  }
  const special = new Set<number>()
  for (const added of file.added_tokens) {
    if (added.id >= size) continue
    bytes[added.id] = added.special ? none : utf8.encode(added.content)
    if (added.special) special.add(added.id)
  }
  return { bytes, special }
}
