import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Vocabulary } from '../../src/core/lattice/vocabulary.ts'
import { decodeVocabulary } from '../../src/members/onnx/decode-vocabulary.ts'
import type { WireVocabulary } from '../../src/members/shared/worker-wire.ts'
import { type RunningWorker, startWorker, type WorkerOptions } from '../../src/worker/start-worker.ts'

export function modelDir(name: 'tiny-gpt' | 'tiny-gru'): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))
}

export function shippedDir(name: 'byte-gru' | 'bpe2k-gpt' | 'bpe4k-gpt'): string {
  return fileURLToPath(new URL(`../../models/${name}`, import.meta.url))
}

/** A copy of tiny-gpt with a chat template, gone when the test ends. */
export function talkingDir(template: unknown): string {
  const parent = mkdtempSync(join(tmpdir(), 'tutti-chat-'))
  onTestFinished(() => rmSync(parent, { recursive: true }))
  const folder = join(parent, 'tiny-gpt')
  cpSync(modelDir('tiny-gpt'), folder, { recursive: true })
  const path = join(folder, 'tokenizer_config.json')
  const config = JSON.parse(readFileSync(path, 'utf8')) as object
  writeFileSync(path, JSON.stringify({ ...config, chat_template: template }))
  return folder
}

/** Waits until the condition holds; fails after `ms`. */
export async function until(condition: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const end = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`still not so after ${ms} ms: ${condition}`)
    await sleep(10)
  }
}

export interface TestWorker extends RunningWorker {
  /** URL of the model's routes. */
  readonly base: string
  /** Tokens of its vocabulary. */
  readonly vocabulary: number
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  stats(): Promise<Record<string, number>>
}

/** A worker in this process on a free port, closed when the test ends. */
export async function startTestWorker(
  model: 'tiny-gpt' | 'tiny-gru',
  options: Partial<WorkerOptions> = {},
): Promise<TestWorker> {
  const worker = await startWorker({ modelDir: modelDir(model), ...options })
  onTestFinished(() => worker.close())
  return extend(worker)
}

export function extend(worker: RunningWorker): TestWorker {
  const base = `${worker.url}/v2/models/${worker.model}`
  return {
    ...worker,
    base,
    vocabulary: worker.model === 'tiny-gpt' ? 287 : 257,
    post: (path, body, headers = {}) =>
      fetch(base + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      }),
    stats: async () => (await (await fetch(`${worker.url}/v2/stats`)).json()) as Record<string, number>,
  }
}

/** The data of every event of an answer, parsed. */
export async function eventsOf<T>(response: Response): Promise<T[]> {
  const text = await response.text()
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.replace(/^data: /, '')) as T)
}

/** Deterministic numbers in [0, 1), for made-up contexts. */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

export function vocabularyOf(wire: WireVocabulary): Vocabulary {
  return decodeVocabulary({ ...wire, end: [...wire.end], control: [...wire.control] }, 'test')
}
