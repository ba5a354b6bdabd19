import { z } from 'zod'
import { headerText, withoutLineEnd } from '../../secret-text.ts'
import { contextLengthField, serverFields, tokenizerField } from './fields.ts'

const headerValue = z
  .string()
  .overwrite(withoutLineEnd)
  .regex(headerText, 'holds line ends, control characters or others than ASCII, which no header takes')

export const openaiSchema = z.strictObject({
  kind: z.literal('openai').describe("Wire protocol: OpenAI's API, or one that follows it."),
  ...serverFields,
  model: z.string().min(1).describe('Name of the model at the server.'),
  api: z
    .enum(['chat', 'completions'])
    .default('chat')
    .describe(
      '`chat`: whole answers, which no ensemble fused by byte or token can use. `completions`: distributions, of models that have the legacy completions with log-probabilities.',
    ),
  tokenizer: tokenizerField
    .optional()
    .describe(
      "The model's `tokenizer.json` or the folder that holds it, relative to this file: contexts are sent as ids, and entries whose text tells the token become tokens. Left out: texts both ways.",
    ),
  context_length: contextLengthField.describe(
    'Most tokens of a context and what follows it. Left out: what the server tells, or no limit here if it does not.',
  ),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/, 'must be a name of a header'), headerValue)
    .optional()
    .describe(
      'Headers sent with every call by name, such as `OpenAI-Organization` and `OpenAI-Project`. Values are kept out of logs and answers ' +
        'where the name tells of a key (`authorization`, `x-api-key`, `cookie`, …), or where they come from the environment. ' +
        'A line end behind a value is taken off.',
    ),
})
