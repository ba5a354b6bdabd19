/**
 * Resident memory of the gateway and of each embedded worker, idle and after many requests.
 *
 *   npm run bench:memory -- --requests 1000 --write
 */
import { parseArgs } from 'node:util'
import { type CompletionAnswer, startGateway } from '../end-to-end/gateway.ts'
import { residentMebibytes } from '../load/watch-process.ts'
import { domains, heldOut } from './held-out.ts'
import { describeMachine } from './machine.ts'
import { writeSection } from './write-section.ts'

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '1000' }, write: { type: 'boolean', default: false } },
})
const requests = Number(values.requests)
const requestsAtOnce = 8

const gateway = await startGateway()
const processes: [string, number][] = [['gateway', gateway.process.pid as number], ...gateway.workers]
const measure = () => processes.map(([, pid]) => Math.round(residentMebibytes(pid)))
const idle = measure()

const prompts = domains.flatMap((domain) => heldOut(domain, 'test', 40_000).map(({ text }) => text))
let sent = 0
let failed = 0
const started = performance.now()
async function lane(): Promise<void> {
  while (sent < requests) {
    const index = sent++
    const text = prompts[index % prompts.length] as string
    const start = (index * 37) % Math.max(1, text.length - 200)
    const response = await fetch(`${gateway.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'tutti', prompt: text.slice(start, start + 200), max_tokens: 4, seed: index }),
    })
    if (!response.ok || ((await response.json()) as CompletionAnswer).ensemble.degraded) failed++
  }
}
await Promise.all(Array.from({ length: requestsAtOnce }, lane))
const seconds = Math.round((performance.now() - started) / 1000)
const after = measure()
await gateway.stop()

const report = [
  `| resident memory, MiB | idle | after ${requests} completions |`,
  '|---|---:|---:|',
  ...processes.map(([name], index) => `| ${name} | ${idle[index]} | ${after[index]} |`),
  '',
  `\`npm run bench:memory -- --requests ${requests} --write\`: ${requestsAtOnce} at once, prompts of 200 characters, 4 segments each; ` +
    `${seconds} s, ${failed} failed or degraded (${describeMachine()}).`,
].join('\n')
console.log(report)
if (values.write) writeSection('README.md', 'memory', report)
