import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readTokenBytes } from '../../src/tokenizer/token-bytes.ts'
import { defineTokenTable } from '../../src/tokenizer/token-table.ts'
import { defineTokenizer } from '../../src/tokenizer/tokenizer.ts'
import { readModelFiles } from '../../src/worker/model/model-files.ts'
import { startWorker } from '../../src/worker/start-worker.ts'
import { failure } from '../members/support.ts'
import { modelDir, startTestWorker } from './support.ts'

const plain = { addSpecialTokens: false, parseSpecialTokens: false }

describe.each([
  ['tiny-gpt', 287],
  ['tiny-gru', 257],
] as const)('%s', (model, size) => {
  const files = readModelFiles(modelDir(model))
  const table = defineTokenTable({ ...files, end: [size - 1] }, size)
  const tokenizer = defineTokenizer(files)
  const bytesOf = (tokens: Int32Array) => Buffer.concat([...tokens].map((token) => table.bytes[token]!))

  test('any text comes back from its tokens, byte by byte', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 })
    fc.assert(fc.property(text, (input) => bytesOf(tokenizer.encode(input, plain)).equals(Buffer.from(input))))
  })

  test.each([
    ['emoji with joiners', '👩‍👩‍👧‍👦 🏳️‍🌈'],
    ['NUL and other controls', 'a\0b\u0001\u007f\u0085\u2028'],
    ['a very long word', 'abc'.repeat(20_000)],
    ['white space of all kinds', ' \t\r\n\n   \u00a0\u3000 '],
    ['combining marks, not normalised', 'e\u0301 é'],
    ['the name of a special token', 'see <|endoftext|> there'],
    ['nothing', ''],
  ])('%s comes back', (_what, input) => {
    expect(bytesOf(tokenizer.encode(input, plain)).toString()).toBe(input)
  })

  test('a lone surrogate becomes U+FFFD', () => {
    expect(bytesOf(tokenizer.encode('a\ud800b', plain)).toString()).toBe('a\ufffdb')
  })

  test('special tokens are put round a text when asked for, and read inside it only when asked for', () => {
    const end = size - 1
    expect([...tokenizer.encode('', { ...plain, addSpecialTokens: true })]).toEqual([end])
    expect(tokenizer.encode('a', { ...plain, addSpecialTokens: true })[0]).toBe(end)
    expect([...tokenizer.encode('<|endoftext|>', plain)]).not.toContain(end)
    expect([...tokenizer.encode('a<|endoftext|>', { ...plain, parseSpecialTokens: true })]).toEqual([97, end])
  })
})

describe('the bytes of tokens', () => {
  const added = [
    { id: 3, content: '<s>', special: true },
    { id: 4, content: '<tool>', special: false },
  ]
  const sentencepiece = {
    added_tokens: added,
    decoder: { type: 'Sequence', decoders: [{ type: 'Replace' }, { type: 'ByteFallback' }, { type: 'Fuse' }] },
    model: { type: 'BPE', vocab: { '▁the': 0, '<0xE2>': 1, 'é▁x': 2, '<s>': 3 }, merges: [] },
  }

  test('of sentencepiece pieces: ▁ is a space, <0xNN> a byte; added tokens are text unless special', () => {
    const { bytes, special } = readTokenBytes(sentencepiece, 6)
    expect(bytes.map((token) => Buffer.from(token).toString('latin1'))).toEqual([
      ' the',
      '\xe2',
      'Ã© x',
      '',
      '<tool>',
      '',
    ])
    expect([...special]).toEqual([3])
  })

  test('of the byte-level alphabet: 256 characters for 256 bytes', () => {
    const { tokenizer } = readModelFiles(modelDir('tiny-gru'))
    const { bytes } = readTokenBytes(tokenizer, 257)
    expect(bytes.slice(0, 256).map((token) => [...token])).toEqual(Array.from({ length: 256 }, (_, byte) => [byte]))
  })

  test.each([
    ['Unigram', { ...sentencepiece, model: { type: 'Unigram', vocab: [['a', -1]] } }, 'Unigram'],
    ['WordPiece', { ...sentencepiece, decoder: { type: 'WordPiece' } }, 'WordPiece'],
  ])('of %s are refused by name', (_what, tokenizer, says) => {
    expect(() => readTokenBytes(tokenizer, 6)).toThrow(says)
  })
})

describe('a model folder', () => {
  function copyOf(model: 'tiny-gpt' | 'tiny-gru', change: (folder: string) => void): string {
    const folder = mkdtempSync(join(tmpdir(), 'tutti-model-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    cpSync(modelDir(model), folder, { recursive: true })
    change(folder)
    return folder
  }
  const edit = (file: string, change: object) => (folder: string) => {
    const path = join(folder, file)
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...change }))
  }

  test('prefers quantised weights, and takes them beside the config too', () => {
    const both = copyOf('tiny-gru', (folder) =>
      cpSync(join(folder, 'onnx/model.onnx'), join(folder, 'onnx/model_quantized.onnx')),
    )
    expect(readModelFiles(both).onnxPath).toMatch(/onnx\/model_quantized\.onnx$/)
    const flat = copyOf('tiny-gru', (folder) => {
      cpSync(join(folder, 'onnx/model.onnx'), join(folder, 'model_fp32.onnx'))
      rmSync(join(folder, 'onnx'), { recursive: true })
    })
    expect(readModelFiles(flat).onnxPath).toMatch(/model_fp32\.onnx$/)
  })

  test('names the model by its config, else by its folder', () => {
    expect(readModelFiles(modelDir('tiny-gru')).name).toBe('tiny-gru')
    expect(readModelFiles(copyOf('tiny-gru', edit('config.json', { _name_or_path: 'org/model-1' }))).name).toBe(
      'model-1',
    )
  })

  test('ends with every id of config and generation config', () => {
    expect(readModelFiles(modelDir('tiny-gru')).end).toEqual([256, 0xf6])
  })

  test.each([
    ['no weights', (folder: string) => rmSync(join(folder, 'onnx'), { recursive: true }), 'no onnx/model*.onnx'],
    ['no tokenizer', (folder: string) => rmSync(join(folder, 'tokenizer.json')), 'tokenizer.json'],
    [
      'a config that is not JSON',
      (folder: string) => writeFileSync(join(folder, 'config.json'), '{'),
      'config.json is not JSON',
    ],
    [
      'a config that says nothing',
      (folder: string) => writeFileSync(join(folder, 'config.json'), '{}'),
      'config.json: ✖ model_type is missing, which every export has; copy the config.json of the model that was exported',
    ],
    ['an empty config', (folder: string) => writeFileSync(join(folder, 'config.json'), ''), 'config.json is not JSON'],
    ['a config of wrong types', edit('config.json', { eos_token_id: 'x' }), 'eos_token_id'],
    ['an end token out of range', edit('config.json', { eos_token_id: 9999 }), '9999'],
    ['weights that are no ONNX', (folder: string) => writeFileSync(join(folder, 'onnx/model.onnx'), 'x'), "can't load"],
  ])('with %s is refused by name', async (_what, change, says) => {
    const error = await failure(startWorker({ modelDir: copyOf('tiny-gru', change) }))
    expect(error.code).toBe('invalid_model')
    expect(error.message).toContain(says)
  })
})

test("the vocabulary route gives all bytes, and tokenize and detokenize are each other's inverse", async () => {
  const worker = await startTestWorker('tiny-gpt')
  const wire = (await (await fetch(`${worker.base}/vocabulary`)).json()) as Record<string, string & number[]>
  const lengths = new Int32Array(Uint8Array.from(Buffer.from(wire['lengths']!, 'base64')).buffer)
  expect(wire).toMatchObject({ size: 287, end: [286], control: [], bos: 286 })
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(Buffer.from(wire['bytes']!, 'base64').length)
  const text = 'the people é😀 <|endoftext|>'
  const { tokens } = (await (await worker.post('/tokenize', { text })).json()) as { tokens: number[] }
  expect(tokens[0]).toBe(286)
  const back = (await (await worker.post('/detokenize', { tokens })).json()) as { text: string; bytes: string }
  expect(back).toEqual({ text, bytes: Buffer.from(text).toString('base64') })
})

test('the fingerprint depends on bytes and special ids, and on nothing else', () => {
  const files = readModelFiles(modelDir('tiny-gpt'))
  const one = defineTokenTable(files, 287).fingerprint
  expect(defineTokenTable({ ...files, declaredSize: 5 }, 287).fingerprint).toBe(one)
  expect(defineTokenTable({ ...files, end: [286, 3] }, 287).fingerprint).not.toBe(one)
  expect(defineTokenTable(files, 288).fingerprint).not.toBe(one)
})
