import { z } from 'zod'
import type { QueryOptions } from '../member.ts'

/** What a call of a server needs beside its body. */
export type CallOptions = Pick<QueryOptions, 'signal' | 'onUsage'>

const details = z.object({ cached_tokens: z.int().nullish() }).nullish()

/** `usage` in OpenAI's shape; of a stream the last chunk has it, if it is asked for. */
export const usageSchema = z.object({ prompt_tokens: z.int(), prompt_tokens_details: details }).nullish()

export function tellUsage({ onUsage }: CallOptions, usage: z.infer<typeof usageSchema>): void {
  if (!usage) return
  onUsage?.({ promptTokens: usage.prompt_tokens, cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? null })
}

/** The same of an answer for each of several contexts, where each tells its own. */
export function tellCounts(
  { onUsage }: CallOptions,
  counts: readonly { readonly prompt?: number | null | undefined; readonly cached?: number | null | undefined }[],
): void {
  const sum = (values: readonly (number | null | undefined)[]) =>
    values.reduce<number | null>((all, value) => (all === null || value == null ? null : all + value), 0)
  const promptTokens = sum(counts.map(({ prompt }) => prompt))
  if (promptTokens !== null) onUsage?.({ promptTokens, cachedTokens: sum(counts.map(({ cached }) => cached)) })
}
