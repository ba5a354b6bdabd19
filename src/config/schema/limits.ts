import { z } from 'zod'
import { milliseconds } from './milliseconds.ts'

const bound = (most: number, description: string) => z.int().min(1).default(most).describe(description)

export const limitsSchema = z
  .strictObject({
    prompt_bytes: bound(524_288, 'Most bytes of the prompts or messages of one request.'),
    prompts: bound(
      1024,
      'Most prompts, texts to score or inputs to classify of one request; of the last two never more than 256.',
    ),
    labels: bound(256, 'Most labels of one classification; never more than 256.'),
    choices: bound(128, 'Most choices (`n`, `best_of`) for each prompt.'),
    cost: bound(2_000_000, 'Most cost of one request, in members × tokens.'),
    running: bound(256, 'Most requests that call members at a time.'),
    running_cost: bound(4_000_000, 'Most cost of the requests that call members at a time.'),
    queued: z.int().min(0).default(256).describe('Most requests that wait for others to end; more get a 503.'),
    queue_ms: milliseconds(1).default(5_000).describe('Longest that one waits, in milliseconds; then it gets a 503.'),
    receive_ms: milliseconds(1)
      .default(30_000)
      .describe('Milliseconds that a caller may take to send a request, headers and body; then a 408.'),
    unread_ms: milliseconds(1)
      .default(60_000)
      .describe(
        'Milliseconds that a caller may leave an answer unread while it is held up by that; then the connection is closed.',
      ),
  })
  .describe('What one request may ask for, and how much may go on at a time.')
