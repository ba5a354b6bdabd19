import { z } from 'zod'
import { llamacppSchema } from './member/llamacpp.ts'
import { oipSchema } from './member/oip.ts'
import { ollamaSchema } from './member/ollama.ts'
import { onnxSchema } from './member/onnx.ts'
import { openaiSchema } from './member/openai.ts'
import { sglangSchema } from './member/sglang.ts'
import { tgiSchema } from './member/tgi.ts'
import { vllmSchema } from './member/vllm.ts'

/** Ids appear in `ensemble/member` model names, in metric labels and in columns of a terminal: short, without `/`. */
export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1 to 64 letters, digits, `.`, `_` or `-`, a letter or digit first',
  )

const memberSchema = z.discriminatedUnion('kind', [
  onnxSchema,
  llamacppSchema,
  vllmSchema,
  sglangSchema,
  tgiSchema,
  oipSchema,
  openaiSchema,
  ollamaSchema,
])

export const memberKinds: readonly string[] = memberSchema.options.map(({ shape }) => shape.kind.value)

export const membersSchema = z.record(nameSchema, memberSchema).describe('The language models, by id.')
