import { z } from 'zod'
import { faultOf, longestPattern } from './pattern.ts'

/**
 * How a configuration and a request say what of an answer is compared.
 *
 * @param error how its forms are told, in the notation of the reader.
 */
export function canonicalForm(error: string) {
  return z
    .union(
      [
        z.enum(['exact', 'number']),
        z.strictObject({
          choice: z.string().regex(/^[A-Z]{2,26}$/, 'must be the capital letters that there are to choose from'),
        }),
        z.strictObject({ regex: z.string().max(longestPattern) }),
        z.strictObject({ json: z.string().min(1) }),
      ],
      { error },
    )
    .superRefine((form, context) => {
      if (typeof form === 'string' || !('regex' in form)) return
      const fault = faultOf(form.regex)
      if (fault !== null) context.addIssue({ code: 'custom', path: ['regex'], message: fault })
    })
}
