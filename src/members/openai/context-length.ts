import { z } from 'zod'
import type { HttpClient } from '../shared/http-client.ts'
import { servedModel } from '../shared/served-model.ts'

const length = z.int().positive().optional().catch(undefined)

// Not OpenAI's own: servers that follow it tell the context length by one of these names.
const entry = z.object({ id: z.string(), max_model_len: length, context_length: length, context_window: length })

/** What stands for a length that nobody tells: the server will refuse what is too long. */
const untold = Number.MAX_SAFE_INTEGER

/**
 * Most tokens of a context that leaves room for one more.
 *
 * @param given the context length of the configuration, if there is one.
 */
export async function contextLengthOf(
  http: HttpClient,
  {
    id,
    model,
    contextLength: given,
  }: { readonly id: string; readonly model: string; readonly contextLength: number | null },
  signal: AbortSignal,
): Promise<number> {
  const found = await servedModel(http, id, { model, entry }, signal)
  const told = given ?? found.max_model_len ?? found.context_length ?? found.context_window
  return (told ?? untold) - 1
}
