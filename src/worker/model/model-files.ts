import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import { TuttiError } from '../../errors.ts'
import { readJson } from '../../tokenizer/read-json.ts'
import { readTokenizerFiles, type TokenizerFiles } from '../../tokenizer/tokenizer-files.ts'

const modelConfig = z.looseObject({
  // Not used, but in every export: without it the file is another's, or was emptied, and what is optional would be guessed.
  model_type: z
    .string('model_type is missing, which every export has; copy the config.json of the model that was exported')
    .min(1, 'model_type is empty; copy the config.json of the model that was exported'),
  _name_or_path: z.string().nullish(),
  max_position_embeddings: z.int().positive().nullish(),
  n_positions: z.int().positive().nullish(),
  n_ctx: z.int().positive().nullish(),
})

/** A recurrent model has no limit of its own; this one keeps a request's memory bounded. */
const unlimitedContext = 1 << 20

/** What a model folder in the layout of Hugging Face's ONNX exports says, the weights aside. */
export interface ModelFiles extends TokenizerFiles {
  /** Last part of the config's `_name_or_path`, else the folder's name. */
  readonly name: string
  readonly onnxPath: string
  /** Jinja source of `tokenizer_config.json` or `chat_template.jinja`. */
  readonly chatTemplate: string | null
  /** Most tokens of a context. */
  readonly contextLength: number
}

/** Most exact first within "small and quick": quantised weights are what one serves on a processor. */
const preferred = ['model_quantized.onnx', 'model_int8.onnx', 'model.onnx']

function findOnnx(modelDir: string): string {
  for (const folder of [join(modelDir, 'onnx'), modelDir]) {
    const names = existsSync(folder) ? readdirSync(folder) : []
    const name =
      preferred.find((file) => names.includes(file)) ?? names.sort().find((file) => /^model.*\.onnx$/.test(file))
    if (name !== undefined) return join(folder, name)
  }
  throw new TuttiError('invalid_model', `${modelDir} holds no onnx/model*.onnx; export the model to ONNX first`)
}

const namedTemplates = z.array(z.looseObject({ name: z.string(), template: z.string() }))

/** One template, or several by name of which `default` is the one for plain talk. */
function readChatTemplate(modelDir: string, { chat_template: template }: Record<string, unknown>): string | null {
  const path = join(modelDir, 'chat_template.jinja')
  if (existsSync(path)) return readFileSync(path, 'utf8')
  if (typeof template === 'string') return template
  const named = namedTemplates.safeParse(template)
  return named.data?.find(({ name }) => name === 'default')?.template ?? null
}

function parse<T>(schema: z.ZodType<T>, path: string, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new TuttiError('invalid_model', `${path}: ${z.prettifyError(parsed.error)}`)
}

/** @throws TuttiError `invalid_model` that names the missing or wrong file. */
export function readModelFiles(modelDir: string): ModelFiles {
  const configPath = join(modelDir, 'config.json')
  const config = parse(modelConfig, configPath, readJson(configPath))
  const files = readTokenizerFiles(modelDir)
  return {
    ...files,
    name: basename(config._name_or_path || resolve(modelDir)),
    onnxPath: findOnnx(modelDir),
    chatTemplate: readChatTemplate(modelDir, files.tokenizerConfig),
    contextLength: config.max_position_embeddings ?? config.n_positions ?? config.n_ctx ?? unlimitedContext,
  }
}
