import { z } from 'zod'

export const usageSchema = z
  .object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
  .describe('In tokens of the lead member, over all choices; each prompt counts once.')

export type Usage = z.infer<typeof usageSchema>

/** Adds up the usage of an answer's choices, of which `perPrompt` at a time have one prompt. */
export class UsageSum {
  readonly #perPrompt: number
  #prompt = 0
  #completion = 0

  constructor(perPrompt: number) {
    this.#perPrompt = perPrompt
  }

  add(index: number, usage: { readonly promptTokens: number; readonly completionTokens: number }): void {
    if (index % this.#perPrompt === 0) this.#prompt += usage.promptTokens
    this.#completion += usage.completionTokens
  }

  get total(): Usage {
    return {
      prompt_tokens: this.#prompt,
      completion_tokens: this.#completion,
      total_tokens: this.#prompt + this.#completion,
    }
  }
}
