import type { TwinCall } from './kit/twin-call.ts'
import type { Ranked, TwinModel } from './kit/twin-model.ts'

// What the routes of OpenAI's API have in common.

export function refusal(status: number, message: string, code: string | null = null, param: string | null = null) {
  const type = status === 429 ? 'insufficient_quota' : status >= 500 ? 'server_error' : 'invalid_request_error'
  return { error: { message, type, param, code } }
}

export function isText(bytes: Uint8Array): boolean {
  return !new TextDecoder().decode(bytes).includes('\ufffd')
}

export function textContext(model: TwinModel, text: string): number[] {
  return [...(model.beginning === null ? [] : [model.beginning]), ...model.encode(text)]
}

export interface Step {
  readonly token: number
  readonly list: Ranked[]
  readonly finish: string | null
}

/** Greedy at temperature 0 alone; else the second likeliest stands for chance. */
export async function* steps(call: TwinCall, context: readonly number[], most: number, k: number, temperature: number) {
  const tokens = [...context]
  for (let made = 1; made <= most; made++) {
    const list = await call.list(tokens, k)
    const token = temperature === 0 ? await call.choice(tokens) : (await call.list(tokens, 2)).at(-1)?.id
    if (token === undefined) throw new Error('nothing to sample from')
    const ends = call.model.vocabulary.end.has(token)
    yield { token, list, finish: ends ? 'stop' : made === most ? 'length' : null } satisfies Step
    if (ends) return
    tokens.push(token)
  }
}

export function refuseLists(call: TwinCall, status: 400 | 403): Promise<void> {
  const message =
    status === 403 ? 'You are not allowed to request logprobs from this model' : 'logprobs are not supported'
  return call.json(refusal(status, message, null, status === 400 ? 'logprobs' : null), status)
}
