import { z } from 'zod'
import type { Tokenizer } from '../../tokenizer/tokenizer.ts'
import { type ChatMessage, type ChatTemplate, defineChatTemplate } from './chat-template.ts'
import type { ModelFiles } from './model-files.ts'

export interface RenderedChat {
  readonly text: string
  readonly tokens: Int32Array
}

/** Breaks a special token's name inside a message; a private-use character that no message should hold. */
const breaker = '\uF8FE'

const literally = { addSpecialTokens: false, parseSpecialTokens: false } as const
const specially = { addSpecialTokens: false, parseSpecialTokens: true } as const

function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Names of special tokens in what a user wrote, made no names. */
function disarmed(content: string, names: readonly string[]): string {
  return names.reduce((text, name) => text.replaceAll(name, `${name.slice(0, 1)}${breaker}${name.slice(1)}`), content)
}

/**
 * A talk in the model's tokens. The template's special tokens are parsed as such; their names inside the messages are
 * text: what a user types can't end a turn.
 *
 * @param special the tokenizer's special tokens by name.
 */
export function renderChat(
  { template, tokenizer, special }: Chat,
  messages: readonly ChatMessage[],
  generationPrompt: boolean,
): RenderedChat {
  const names = [...special.keys()].filter((name) => name.length > 1).sort((a, b) => b.length - a.length)
  const given = messages.map((message) => ({ ...message, content: disarmed(message.content, names) }))
  const rendered = template.render(given, generationPrompt)
  const text = rendered.replaceAll(breaker, '')
  if (text === rendered) return { text, tokens: tokenizer.encode(text, specially) }
  // Piece by piece between the special tokens. A tokenizer that puts a blank before a text puts one before each.
  const tokens: number[] = []
  const pattern = new RegExp(`(${names.map((name) => escaped(name)).join('|')})`)
  for (const piece of rendered.split(pattern)) {
    const id = special.get(piece)
    if (id !== undefined) tokens.push(id)
    else if (piece !== '') tokens.push(...tokenizer.encode(piece.replaceAll(breaker, ''), literally))
  }
  return { text, tokens: Int32Array.from(tokens) }
}

/** What a talk is rendered with. */
export interface Chat {
  readonly template: ChatTemplate
  readonly tokenizer: Tokenizer
  readonly special: ReadonlyMap<string, number>
}

const addedTokens = z.array(z.looseObject({ id: z.int(), content: z.string(), special: z.boolean().default(false) }))

export function defineChat(files: ModelFiles, tokenizer: Tokenizer): Chat | null {
  const template = defineChatTemplate(files)
  if (template === null) return null
  const added = addedTokens.safeParse(files.tokenizer['added_tokens']).data ?? []
  const special = new Map(added.filter((token) => token.special).map(({ content, id }) => [content, id]))
  return { template, tokenizer, special }
}
