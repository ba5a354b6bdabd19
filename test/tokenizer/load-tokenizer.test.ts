import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadTokenizer } from '../../src/tokenizer/load-tokenizer.ts'
import { defineTokenTable } from '../../src/tokenizer/token-table.ts'
import { readModelFiles } from '../../src/worker/model/model-files.ts'
import { modelDir } from '../worker/support.ts'

const folder = modelDir('tiny-gpt')

function tokenizerOnly(config: object): string {
  const copy = mkdtempSync(join(tmpdir(), 'tokenizer-'))
  onTestFinished(() => rmSync(copy, { recursive: true }))
  cpSync(join(folder, 'tokenizer.json'), join(copy, 'tokenizer.json'))
  writeFileSync(join(copy, 'tokenizer_config.json'), JSON.stringify(config))
  return copy
}

test('a folder and its tokenizer.json are one tokenizer, with the fingerprint that the worker gives the model', () => {
  const loaded = loadTokenizer(folder)
  expect(loadTokenizer(join(folder, 'tokenizer.json')).fingerprint).toBe(loaded.fingerprint)
  expect(loaded.fingerprint).toBe(defineTokenTable(readModelFiles(folder), 287).fingerprint)
  expect([...loaded.vocabulary.end]).toEqual([286])
})

test('a text is encoded with the beginning that the model expects', () => {
  const { encode, vocabulary } = loadTokenizer(folder)
  const tokens = [...encode('the people é😀')]
  expect(tokens[0]).toBe(286)
  expect(Buffer.concat(tokens.map((token) => vocabulary.bytes[token]!)).toString()).toBe('the people é😀')
})

test('without config.json the end is the token that tokenizer_config.json names', () => {
  for (const eos_token of ['<|endoftext|>', { content: '<|endoftext|>' }]) {
    expect([...loadTokenizer(tokenizerOnly({ eos_token })).vocabulary.end]).toEqual([286])
  }
  expect([...loadTokenizer(tokenizerOnly({})).vocabulary.end]).toEqual([])
})

test('ids that the model scores and the tokenizer does not know are control tokens', () => {
  const copy = tokenizerOnly({})
  writeFileSync(join(copy, 'config.json'), '{"vocab_size":300,"eos_token_id":286}')
  const { size, control } = loadTokenizer(copy).vocabulary
  expect(size).toBe(300)
  expect(control.size).toBe(13)
})

test('what is missing or of a kind that can not be read is refused by name', () => {
  expect(() => loadTokenizer('/nowhere')).toThrow("can't read /nowhere")
  const copy = tokenizerOnly({})
  writeFileSync(join(copy, 'tokenizer.json'), '{"model":{"type":"Unigram","vocab":[["a",-1]]}}')
  expect(() => loadTokenizer(copy)).toThrow('Unigram is not supported')
})
