import { z } from 'zod'
import { callFields, placeFields } from './fields.ts'

const embeddedSchema = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .describe('Folder of the model in the layout of a Hugging Face ONNX export, relative to this file.'),
    threads: z.int().min(1).max(64).default(1).describe('Processor threads that one evaluation of the model may use.'),
  })
  .describe('Runs the member as a supervised worker process of this machine, instead of `url`.')

export const onnxSchema = z.strictObject({
  kind: z.literal('onnx').describe('Wire protocol: a Tutti ONNX worker.'),
  ...placeFields,
  embedded: embeddedSchema.optional(),
  ...callFields,
})
