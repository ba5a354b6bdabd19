import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Decoding } from '../../src/ensemble/ensemble.ts'
import { generate } from '../../src/ensemble/generate.ts'
import type { GenerationEvent } from '../../src/ensemble/generation-event.ts'
import { planCompletion, planPredict } from '../../src/ensemble/plan.ts'
import { predict } from '../../src/ensemble/predict.ts'
import type { Member } from '../../src/members/member.ts'
import { defineOnnxMember } from '../../src/members/onnx/define-onnx-member.ts'
import { type RunningWorker, startWorker } from '../../src/worker/start-worker.ts'
import { decided } from '../ensemble/lockstep/decided.ts'
import { directoryOf, runOptions } from '../ensemble/toy-member.ts'
import { shippedDir } from './support.ts'

let parent: string
let worker: RunningWorker
let member: Member

/** A shipped model whose tokenizer puts no token before a text, as those of GPT-2 and Qwen. */
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'tutti-no-beginning-'))
  const folder = join(parent, 'bpe2k-gpt')
  cpSync(shippedDir('bpe2k-gpt'), folder, { recursive: true })
  const path = join(folder, 'tokenizer.json')
  const tokenizer = JSON.parse(readFileSync(path, 'utf8')) as object
  writeFileSync(path, JSON.stringify({ ...tokenizer, post_processor: null }))
  worker = await startWorker({ modelDir: folder, deterministic: true })
  member = defineOnnxMember({ id: 'bare', url: worker.url })
})
afterAll(async () => {
  await member.close()
  await worker.close()
  rmSync(parent, { recursive: true })
})

async function completed(own: Member, prompt: string, decoding: Decoding): Promise<GenerationEvent[]> {
  const directory = await directoryOf([own], { tau: 5e-3, decoding })
  const request = { model: 'toys', prompt, maxTokens: 4, temperature: 0, stop: [], diagnostics: 'steps' as const }
  const all: GenerationEvent[] = []
  for await (const event of generate(planCompletion(directory, request, 1), runOptions())) all.push(event)
  return all
}

test.each(['', 'The', 'I', 'The people of the'])(
  'a prompt %j is gone on with, over the lattice of the worker as over that of the gateway',
  async (prompt) => {
    const stepwise = decided(await completed(member, prompt, 'stepwise'))
    expect(decided(await completed(member, prompt, 'run_ahead'))).toEqual(stepwise)
    const { bytes: _, ...listed } = member
    expect(decided(await completed(listed, prompt, 'run_ahead'))).toEqual(stepwise)
    const request = { model: 'toys', prompt, top: 3, words: 0, diagnostics: 'none' as const }
    const { symbols } = await predict(planPredict(await directoryOf([member]), request), runOptions())
    expect(symbols).toHaveLength(3)
  },
)

test('the worker begins an empty prompt by itself', async () => {
  const options = { topK: 2048, signal: AbortSignal.timeout(10_000) }
  const walk = { seed: 0, step: 0, temperature: 0, topP: 1, minP: 0 }
  const asked = { forced: new Uint8Array(0), tau: 5e-3, unlisted: 'spread' as const, walk, maxSymbols: 3 }
  const along = async (prompt: Uint8Array, after?: Int32Array) => {
    const symbols: number[] = []
    for await (const { symbol } of member.bytes!({ ...asked, prompt, after }, options)) symbols.push(symbol)
    return symbols
  }
  const { vocabulary } = await member.probe(options.signal)
  const nothing = new Uint8Array(0)
  expect(await along(nothing)).toEqual(await along(nothing, Int32Array.of([...vocabulary!.end][0]!)))
})
