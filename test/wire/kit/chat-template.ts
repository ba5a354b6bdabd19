export interface Message {
  readonly role: string
  readonly content: string
}

/** The chat template of twins (ChatML, as recorded of llama-server); a last message of the assistant's is left open if `open`. */
export function render(messages: readonly Message[], open: boolean): string {
  const last = messages.at(-1)
  const prefill = open && last?.role === 'assistant' ? last.content : null
  const turns = prefill === null ? messages : messages.slice(0, -1)
  const text = turns.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`).join('')
  return `${text}<|im_start|>assistant\n${prefill ?? ''}`
}

/** The same as a model's own template. */
export const chatml =
  "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
