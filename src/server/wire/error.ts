import { z } from 'zod'
import type { TuttiError } from '../../errors.ts'

/** Every error of every route, in OpenAI's shape. */
const errorBody = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable().describe('The field at fault.'),
    code: z.string().describe('One of docs/errors.md.'),
  }),
})

export type ErrorBody = z.infer<typeof errorBody>

/**
 * The error as callers see it. What went wrong inside Tutti is told by the log alone: its message may hold paths,
 * addresses or text of other requests.
 */
export function toErrorBody(error: TuttiError, requestId: string): ErrorBody {
  const message =
    error.code === 'internal' ? `something went wrong inside Tutti; its log has request ${requestId}` : error.message
  return { error: { message, type: error.type, param: error.param, code: error.code } }
}

/** The errors that a route which asks the members may answer with, for the OpenAPI document. */
export const errorResponses = {
  '4xx': { description: 'The request is at fault.', content: { 'application/json': { schema: errorBody } } },
  '5xx': { description: 'Members or Tutti are at fault.', content: { 'application/json': { schema: errorBody } } },
} as const
