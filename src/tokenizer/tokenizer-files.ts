import { join } from 'node:path'
import { z } from 'zod'
import { TuttiError } from '../errors.ts'
import { readJson, readOptional } from './read-json.ts'

/** What a folder in the layout of the Hugging Face hub says of a model's tokens. */
export interface TokenizerFiles {
  /** Parsed `tokenizer.json` and `tokenizer_config.json`. */
  readonly tokenizer: Readonly<Record<string, unknown>>
  readonly tokenizerConfig: Readonly<Record<string, unknown>>
  /** Ids that end a text, of `config.json` and `generation_config.json`. */
  readonly end: readonly number[]
  readonly beginning: number | null
  /** `vocab_size` of `config.json`: what the model scores, which may be more than the tokenizer has. */
  readonly declaredSize: number | null
}

const tokenIds = z.union([z.int(), z.array(z.int())]).nullish()
const modelConfig = z.looseObject({
  eos_token_id: tokenIds,
  bos_token_id: z.int().nullish(),
  vocab_size: z.int().positive().nullish(),
})
const generationConfig = z.looseObject({ eos_token_id: tokenIds })

function parse<T>(schema: z.ZodType<T>, path: string): T {
  const parsed = schema.safeParse(readOptional(path))
  if (parsed.success) return parsed.data
  throw new TuttiError('invalid_model', `${path}: ${z.prettifyError(parsed.error)}`)
}

/**
 * @param folder holds the tokenizer file, and beside it the others if there are any.
 * @throws TuttiError `invalid_model` that names the missing or wrong file.
 */
export function readTokenizerFiles(folder: string, name = 'tokenizer.json'): TokenizerFiles {
  const config = parse(modelConfig, join(folder, 'config.json'))
  const generation = parse(generationConfig, join(folder, 'generation_config.json'))
  return {
    tokenizer: readJson(join(folder, name)),
    tokenizerConfig: readOptional(join(folder, 'tokenizer_config.json')),
    end: [...new Set([config.eos_token_id ?? [], generation.eos_token_id ?? []].flat())],
    beginning: config.bos_token_id ?? null,
    declaredSize: config.vocab_size ?? null,
  }
}
