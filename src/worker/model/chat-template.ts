import { Template } from '@huggingface/jinja'
import { TuttiError } from '../../errors.ts'
import type { ModelFiles } from './model-files.ts'

export interface ChatMessage {
  readonly role: string
  readonly content: string
}

export interface ChatTemplate {
  /**
   * The text that the model was trained to see for such a talk.
   *
   * @param generationPrompt whether the beginning of an answer follows. Without it, an assistant's last message stays open:
   *   the text ends inside it, for the model to go on with.
   * @throws TuttiError `unsupported_parameter` when the template can't be read, `invalid_request` when it refuses the messages.
   */
  render(messages: readonly ChatMessage[], generationPrompt: boolean): string
}

/** Marks the end of an open message while the template runs; a private-use character that no message should hold. */
const openEnd = '\uF8FF'

/** `<s>`, or the same as an object with how it was added. */
function tokenText(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || !('content' in value)) return null
  return typeof value.content === 'string' ? value.content : null
}

/** `bos_token` and the like, which templates use by these names. */
function namedTokens(config: ModelFiles['tokenizerConfig']): Record<string, string> {
  const named: Record<string, string> = {}
  for (const [name, value] of Object.entries(config)) {
    const text = name.endsWith('_token') ? tokenText(value) : null
    if (text !== null) named[name] = text
  }
  return named
}

function parse(source: string): Template {
  try {
    return new Template(source)
  } catch (cause) {
    const message = `the model's chat template can't be read: ${(cause as Error).message}`
    throw new TuttiError('unsupported_parameter', message, { cause, param: 'messages' })
  }
}

/** What follows the end of an assistant's last message belongs to a finished one: it is cut off. */
function cutOpen(text: string): string {
  const end = text.lastIndexOf(openEnd)
  if (end >= 0) return text.slice(0, end)
  throw new TuttiError(
    'unsupported_parameter',
    "the model's chat template leaves out the assistant's last message, so it can't be gone on with",
    { param: 'messages' },
  )
}

/** Null for a model without a template: a base model that was never taught to talk. */
export function defineChatTemplate(files: ModelFiles): ChatTemplate | null {
  const { chatTemplate } = files
  if (chatTemplate === null) return null
  const tokens = namedTokens(files.tokenizerConfig)
  let template: Template | null = null
  return {
    render: (messages, generationPrompt) => {
      template ??= parse(chatTemplate)
      const last = messages.at(-1)
      const open = !generationPrompt && last?.role === 'assistant'
      const given = open ? [...messages.slice(0, -1), { ...last, content: last.content + openEnd }] : messages
      let text: string
      try {
        text = template.render({ ...tokens, messages: given, add_generation_prompt: generationPrompt })
      } catch (cause) {
        const message = `messages: the model's chat template refuses them: ${(cause as Error).message}`
        throw new TuttiError('invalid_request', message, { cause, param: 'messages' })
      }
      return open ? cutOpen(text) : text
    },
  }
}
