import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { z } from 'zod'
import { defineVocabulary, type Vocabulary } from '../core/lattice/vocabulary.ts'
import { TuttiError } from '../errors.ts'
import { defineTokenTable } from './token-table.ts'
import { defineTokenizer } from './tokenizer.ts'
import { readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.ts'

export interface KnownVocabulary {
  readonly vocabulary: Vocabulary
  /** As the worker gives it: equal for equal tokens. */
  readonly fingerprint: string
}

/** A tokenizer that is read from files beside the gateway. */
export interface LoadedTokenizer extends KnownVocabulary {
  /** The vocabulary of a model that scores `size` tokens: those the tokenizer lacks (padding) are control tokens. */
  sized(size: number): KnownVocabulary
  /** Ids of the tokens that are added to the model's own, by the names they are written with: ends, roles and the like. */
  readonly named: ReadonlyMap<string, number>
  /** Ids of a text with the tokens round it that the model expects; what looks like a special token in it is text. */
  encode(text: string): Int32Array
}

const ids = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string() })).default([]),
  model: z.looseObject({ vocab: z.record(z.string(), z.int()).catch({}) }),
})
const endName = z.looseObject({
  eos_token: z
    .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
    .nullish(),
})

function readFiles(path: string): TokenizerFiles {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory()
  if (isFolder === undefined)
    throw new TuttiError('invalid_model', `can't read ${path}: there is no such file or folder`)
  return isFolder ? readTokenizerFiles(path) : readTokenizerFiles(dirname(path), basename(path))
}

/** The end by name, for a folder without `config.json`. */
function namedEnd({ tokenizer, tokenizerConfig }: TokenizerFiles): number[] {
  const name = endName.safeParse(tokenizerConfig).data?.eos_token
  const added = ids.safeParse(tokenizer).data?.added_tokens ?? []
  return added.filter(({ content }) => content === name).map(({ id }) => id)
}

function sizeOf({ tokenizer, declaredSize }: TokenizerFiles): number {
  const parsed = ids.safeParse(tokenizer)
  if (!parsed.success) throw new TuttiError('invalid_model', `tokenizer.json: ${z.prettifyError(parsed.error)}`)
  const { added_tokens: added, model } = parsed.data
  let most = (declaredSize ?? 0) - 1
  for (const { id } of added) most = Math.max(most, id)
  for (const id of Object.values(model.vocab)) most = Math.max(most, id)
  return most + 1
}

/**
 * @param path a `tokenizer.json`, or the folder that holds it; `config.json`, `generation_config.json` and
 *   `tokenizer_config.json` beside it tell which tokens end a text and how many the model scores.
 * @throws TuttiError `invalid_model` that names the file and what is wrong with it.
 */
export function loadTokenizer(path: string): LoadedTokenizer {
  const files = readFiles(path)
  const end = files.end.length > 0 ? files.end : namedEnd(files)
  const own = sizeOf(files)
  const known = new Map<number, KnownVocabulary>()

  function sized(least: number): KnownVocabulary {
    const size = Math.max(least, own)
    const before = known.get(size)
    if (before !== undefined) return before
    const { bytes, end: ends, control, fingerprint } = defineTokenTable({ ...files, end }, size)
    const found = { vocabulary: defineVocabulary({ bytes, end: [...ends], control }), fingerprint }
    known.set(size, found)
    return found
  }

  // First: what can't be read is refused in the words of the table.
  const natural = sized(own)
  const tokenizer = defineTokenizer(files)
  return {
    ...natural,
    sized,
    named: new Map(ids.safeParse(files.tokenizer).data?.added_tokens.map(({ content, id }) => [content, id])),
    encode: (text) => tokenizer.encode(text, { addSpecialTokens: true, parseSpecialTokens: false }),
  }
}
