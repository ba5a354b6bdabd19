import { z } from 'zod'

/** Schemas of what ensemble/timeline/timeline-view.ts declares, for the OpenAPI document. */
const at = { at_ms: z.number() }
const span = { ...at, until_ms: z.number() }
const brought = {
  end: z
    .enum(['finished', 'aborted', 'lost'])
    .describe('By itself, because the text had left it or was at its end, or by a failure.'),
  kept: z.int().describe('Lists that it brought and that took part in a decision,'),
  wasted: z.int().describe('and those that did not.'),
}

const event = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('stream'), ...span, how: z.enum(['list', 'bytes']), ...brought }),
  z.object({ kind: z.literal('call'), ...span, contexts: z.int(), ...brought }),
  z.object({ kind: z.literal('wait'), ...span }).describe('The fused choice waited for this member.'),
  z.object({ kind: z.literal('reopen'), ...at }).describe("The text had left the member's stream, which began anew."),
  z.object({ kind: z.literal('lost'), ...at, code: z.string() }),
  z.object({ kind: z.literal('back'), ...at }),
])

/** What members did in a request. Times are in milliseconds since the generation began. */
export const timeline = z.object({
  members: z.array(z.object({ id: z.string(), events: z.array(event).readonly() })).readonly(),
  segments: z.array(z.number()).readonly().describe('When each segment of the text was decided.'),
  truncated: z.literal(true).optional().describe('There were more events than are kept.'),
})
