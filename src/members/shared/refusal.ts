import { z } from 'zod'
import type { Refusal } from './failures.ts'

const word = z.string().nullish().catch(null)
const inner = z.looseObject({ message: z.string(), code: word, type: word })

/**
 * The bodies that servers refuse with: `error` as an object (OpenAI, llama.cpp, newer vLLM), `error` as a string (Open Inference
 * Protocol, TGI, Ollama), `message` itself (older vLLM), or `detail` (FastAPI's own, which MLServer passes on).
 */
const body = z.union([
  z.looseObject({ error: inner }).transform(({ error }) => error),
  z.looseObject({ error: z.string(), code: word, error_type: word }).transform(({ error, code, error_type }) => ({
    message: error,
    code,
    type: error_type,
  })),
  z.looseObject({ detail: z.string() }).transform(({ detail }) => ({ message: detail, code: null, type: null })),
  z.looseObject({ detail: z.array(z.looseObject({ msg: z.string() })).min(1) }).transform(({ detail }) => ({
    message: detail.map(({ msg }) => msg).join('; '),
    code: null,
    type: null,
  })),
  inner,
])

/** A server's words in what it sent, be it the body of an error or an event of a stream; null when that is no refusal. */
export function refusalOf(value: unknown): Refusal | null {
  if (!mayRefuse(value)) return null
  const parsed = body.safeParse(value)
  if (!parsed.success) return null
  const { message, code, type } = parsed.data
  return { message, code: code ?? type ?? null, retryAfterMs: null }
}

/** Nearly everything that a server sends is no refusal, and to find that out by the schemas costs more than to read it. */
function mayRefuse(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('error' in value || 'detail' in value || 'message' in value)
}

/** The words of an error body, whatever it is made of. */
export function refusalIn(text: string): Refusal {
  try {
    const refusal = refusalOf(JSON.parse(text))
    if (refusal !== null) return refusal
  } catch {
    // Not JSON: a proxy's page, most likely.
  }
  return { message: text.slice(0, 200) || 'no message', code: null, retryAfterMs: null }
}
