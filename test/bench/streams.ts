/**
 * Many streams at once, against two servers of 20 ms a token in another process: silences, processor time, memory.
 *
 *   npm run bench:streams -- --write
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startGateway, startOptions } from '../end-to-end/gateway.ts'
import { processorSeconds, residentMebibytes } from '../load/watch-process.ts'
import { describeMachine } from './machine.ts'
import { tokenizerFolder } from './streams/bigrams.ts'
import { liveBytes } from './streams/live-memory.ts'
import { readStreams } from './streams/read-streams.ts'
import { writeSection } from './write-section.ts'

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '500' },
    tokens: { type: 'string', default: '200' },
    repeats: { type: 'string', default: '3' },
    granularity: { type: 'string', default: 'byte' },
    // Folder for a profile of the gateway's processor time.
    profile: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const [streams, tokens, repeats] = [Number(values.streams), Number(values.tokens), Number(values.repeats)]

const twins = fork(new URL('./streams/twins.ts', import.meta.url), { stdio: 'inherit' })
const [urls] = (await once(twins, 'message')) as [string[]]
const folder = mkdtempSync(join(tmpdir(), 'tutti-streams-'))
const config = join(folder, 'config.yaml')
const member = (url: string) => ({ kind: 'vllm', url, tokenizer: tokenizerFolder, timeouts: patience })
const patience = { connect_ms: 60_000, first_byte_ms: 60_000, silence_ms: 60_000 }
writeFileSync(
  config,
  JSON.stringify({
    // All of them at once: what the gateway would let wait is no stream yet.
    server: { log_level: 'info', limits: { running: streams, running_cost: 2 ** 31 } },
    members: { one: member(urls[0] as string), other: member(urls[1] as string) },
    ensembles: {
      duo: {
        members: [{ id: 'one' }, { id: 'other' }],
        granularity: values.granularity,
        top_k: 20,
        deadline_ms: 600_000,
        sampling: { temperature: 0 },
      },
    },
  }),
)
const profiled = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`]
const nodeOptions = [...startOptions(), '--inspect=0', ...profiled]
const gateway = await startGateway({ config, nodeOptions })
const pid = gateway.process.pid as number

const liveMebibytes = async () => (await liveBytes(gateway.log())) / 2 ** 20

const at = (list: readonly number[], share: number) => {
  const sorted = list.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.floor(share * (sorted.length - 1))] as number)
}

const rows: string[] = []
const failures: string[] = []
await readStreams(gateway.url, 10, tokens)
const liveAtFirst = await liveMebibytes()
for (let round = 1; round <= repeats; round++) {
  const idle = residentMebibytes(pid)
  let most = idle
  const watching = setInterval(() => {
    most = Math.max(most, residentMebibytes(pid))
  }, 100)
  const before = processorSeconds(pid)
  const started = performance.now()
  const read = await readStreams(gateway.url, streams, tokens)
  const seconds = (performance.now() - started) / 1000
  const processor = processorSeconds(pid) - before
  clearInterval(watching)
  await sleep(5_000)
  failures.push(...read.failed)
  const cells = [
    round,
    seconds.toFixed(1),
    `${at(read.firstMs, 0.5)} / ${at(read.firstMs, 1)}`,
    `${at(read.longestGapMs, 0.5)} / ${at(read.longestGapMs, 1)}`,
    Math.round((processor / read.bytes) * 1e6),
    `${Math.round((100 * processor) / seconds)} %`,
    Math.round(idle),
    Math.round(most),
    Math.round(await liveMebibytes()),
  ]
  rows.push(`| ${cells.join(' | ')} |`)
  console.error(rows.at(-1), `${read.bytes} bytes, ${read.chunks} chunks, ${read.failed.length} failed`)
}
// Not in a round that is timed: collecting takes a while.
const open = readStreams(gateway.url, streams, tokens)
await sleep(15_000)
const ofStream = ((await liveMebibytes()) - liveAtFirst) / streams
await open
await gateway.stop()
twins.disconnect()
rmSync(folder, { recursive: true })

const report = [
  '| repeat | s | first chunk, ms: median / longest | longest silence of a stream, ms: median / longest | gateway processor, µs a byte | of one core | resident before, MiB | most | live after, MiB |',
  '|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
  ...rows,
  '',
  `${failures.length} streams failed; live before the first ${Math.round(liveAtFirst)} MiB; an open stream, 15 s after its start, holds ${Math.round(ofStream * 1024)} KiB. \`npm run bench:streams -- --write\`: ${streams} streams of ${tokens} tokens, ${values.granularity} granularity (${describeMachine()}).`,
].join('\n')
console.log(report)
if (failures.length > 0) console.log([...new Set(failures)].join('\n'))
if (values.write) writeSection('docs/benchmarks.md', 'streams', report)
