import { z } from 'zod'

/**
 * A text that is matched or scored as it stands: whole characters, at least one. Half a surrogate pair, which JSON can hold, has no
 * UTF-8: it would be read as U+FFFD, as any other half, and be another text than the one that was asked for.
 */
export const wholeText = z
  .string()
  .min(1)
  .refine((text) => text.isWellFormed(), 'holds half of a character: a surrogate without the other that belongs to it')
