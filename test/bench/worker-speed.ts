import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineOnnxMember } from '../../src/members/onnx/define-onnx-member.ts'

// Times a worker process over HTTP, as the gateway uses it, and reads its memory.
//
//     node test/bench/worker-speed.ts models/bpe2k-gpt
//
// `one token`: a call for the list after a context whose last token is new (the step that byte lattices make).
// `stream`: tokens a second of one continuation. Lists hold the whole vocabulary. Median and 95th percentile.

const [modelDir = ''] = process.argv.slice(2)
const entry = fileURLToPath(new URL('../worker/fixtures/worker-entry.ts', import.meta.url))
const child = spawn(process.execPath, [entry, '--model', modelDir, '--port', '0'], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  env: { ...process.env, TUTTI_SUPERVISED: '1' },
})
const [{ url }] = (await once(child, 'message')) as [{ url: string }]

function status(field: string): number {
  const line = readFileSync(`/proc/${child.pid}/status`, 'utf8').match(new RegExp(`${field}:\\s+(\\d+) kB`))
  return Math.round(Number(line?.[1]) / 1024)
}

function spread(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2)
  return `${at(0.5)} ms (95 %: ${at(0.95)})`
}

async function stats(): Promise<Record<string, number>> {
  return (await (await fetch(`${url}/v2/stats`)).json()) as Record<string, number>
}

const member = defineOnnxMember({ id: 'm', url })
const { signal } = new AbortController()
const { capabilities } = await member.probe(signal)
const topK = capabilities.maxTopK
console.log(`idle: ${status('VmRSS')} MB resident`)

const text = 'The people of the United States, and the state of the union, in the course of human events, '.repeat(2)
const prompt = await member.tokenize(text, signal)
const greedy: number[] = []
for await (const step of member.continue({ tokens: prompt }, { maxTokens: 100, topK, signal })) greedy.push(step.token)

const whole = [...prompt, ...greedy]
const times: number[] = []
const before = await stats()
for (let i = 0; i < 1000; i++) {
  // Walks 60 tokens on, then branches off by another last token, as a lattice does.
  const length = prompt.length + (i % 60)
  const tokens = Int32Array.from([...whole.slice(0, length), i < 60 ? whole[length]! : (i * 7) % topK])
  const began = performance.now()
  for await (const _step of member.continue({ tokens }, { maxTokens: 1, topK, signal })) {
    // One step.
  }
  times.push(performance.now() - began)
}
const after = await stats()
const compute =
  (1000 * (after['compute_seconds']! - before['compute_seconds']!)) / (after['batches']! - before['batches']!)
console.log(
  `one token: ${spread(times)} a call, of it ${compute.toFixed(2)} ms in the compute thread (mean), context of ${prompt.length} to ${prompt.length + 60}`,
)

const began = performance.now()
let count = 0
const last: number[] = []
let previous = began
for await (const _step of member.continue({ tokens: prompt.slice(0, -1) }, { maxTokens: 300, topK, signal })) {
  count++
  last.push(performance.now() - previous)
  previous = performance.now()
}
console.log(`stream: ${((1000 * count) / (performance.now() - began)).toFixed(0)} tokens/s, ${spread(last)} a token`)

const streams = await Promise.all(
  Array.from({ length: 8 }, async (_, i) => {
    const from = performance.now()
    let steps = 0
    for await (const _step of member.continue({ tokens: prompt.slice(0, -i - 1) }, { maxTokens: 100, topK, signal }))
      steps++
    return (1000 * steps) / (performance.now() - from)
  }),
)
console.log(`eight streams: ${streams.reduce((sum, rate) => sum + rate, 0).toFixed(0)} tokens/s together`)
console.log(
  `after: ${status('VmRSS')} MB resident, ${status('VmHWM')} MB at most, ${(after['state_bytes']! / 2 ** 20).toFixed(1)} MB of states`,
)
await member.close()
child.kill()
