import { z } from 'zod'

const timeoutsSchema = z
  .strictObject({
    connect_ms: z.int().min(1).default(2000).describe('Milliseconds to open a connection.'),
    first_byte_ms: z
      .int()
      .min(1)
      .default(15_000)
      .describe('Milliseconds from the call to the first byte of its answer.'),
    silence_ms: z.int().min(1).default(10_000).describe('Milliseconds between two pieces of one answer.'),
  })
  .describe('How long a call of the member may take before it counts as failed.')

const embeddedSchema = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .describe('Folder of the model in the layout of a Hugging Face ONNX export, relative to this file.'),
    threads: z.int().min(1).max(64).default(1).describe('Processor threads that one evaluation of the model may use.'),
  })
  .describe('Runs the member as a supervised worker process of this machine. Give either this or `url`.')

const onnxMemberSchema = z.strictObject({
  kind: z.literal('onnx').describe('Wire protocol: a Tutti ONNX worker.'),
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Base URL of a running worker. Give either this or `embedded`.'),
  embedded: embeddedSchema.optional(),
  top_k: z
    .int()
    .min(1)
    .optional()
    .describe("Longest list asked of this member. Left out: as long as the ensemble's `top_k` and the member allow."),
  timeouts: timeoutsSchema.prefault({}),
})

/** Ids appear in `ensemble/member` model names, in metric labels and in columns of a terminal: short, without `/`. */
export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1 to 64 letters, digits, `.`, `_` or `-`, a letter or digit first',
  )

export const membersSchema = z
  .record(nameSchema, z.discriminatedUnion('kind', [onnxMemberSchema]))
  .describe('The language models, by id.')
