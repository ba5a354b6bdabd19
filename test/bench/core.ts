/**
 * Microseconds of processor time for the arithmetic of a byte step: completing new lists, conditionals, pool, choice, advance. The members' lists
 * are recorded from the shipped models first, so that lattices are as wide as they really are; then the same text is
 * generated again from memory, which also proves that the same lists give the same text.
 *
 *   npm run bench:core -- --write
 */
import type { HeapProfiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.ts'
import { processorTime } from './processor-time.ts'
import { type Recording, record, replay } from './recorded-walk.ts'
import { shippedModels, startShippedModels } from './shipped-models.ts'
import { writeSection } from './write-section.ts'

const { values } = parseArgs({
  options: { bytes: { type: 'string', default: '300' }, write: { type: 'boolean', default: false } },
})
const bytes = Number(values.bytes)
const rounds = 25
const warming = 40

const running = await startShippedModels()
const recordings = new Map<string, Recording>()
for (const k of [5, 20, 100, Number.POSITIVE_INFINITY]) {
  const players = running.members.map(({ member, probe }) => ({
    member,
    probe,
    topK: Math.min(k, probe.capabilities.maxTopK),
  }))
  recordings.set(Number.isFinite(k) ? `top-${k}` : 'full lists', await record(players, 'The state of the', bytes))
}
await running.close()

interface Figure {
  readonly case: string
  readonly members: number
  /** Microseconds a byte. */
  readonly median: number
  readonly p95: number
  readonly least: number
  /** Bytes a step. */
  readonly allocated: number
}

async function measure(name: string, recording: Recording, copies: number): Promise<Figure> {
  const first = replay(recording, copies)
  for (let warm = 0; warm < warming; warm++) {
    if (replay(recording, copies).join() !== first.join()) throw new Error('the same lists gave another text')
  }
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    times.push(processorTime(() => replay(recording, copies)) / recording.bytes)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => Number((times[Math.floor(share * (times.length - 1))] as number).toFixed(1))
  return {
    case: name,
    members: copies * shippedModels.length,
    median: at(0.5),
    p95: at(0.95),
    least: at(0),
    allocated: await allocatedBy(() => replay(recording, copies), recording.bytes),
  }
}

/** Bytes that a step allocates on the heap, by the sampling profiler, objects that are collected at once among them. */
async function allocatedBy(activity: () => unknown, steps: number): Promise<number> {
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 512,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  })
  activity()
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  return Math.round(sizeOf(profile.head) / steps)
}

function sizeOf(node: HeapProfiler.SamplingHeapProfileNode): number {
  return node.children.reduce((sum, child) => sum + sizeOf(child), node.selfSize)
}

const figures: Figure[] = []
for (const [name, recording] of recordings) figures.push(await measure(name, recording, 1))
for (const copies of [2, 3, 5]) figures.push(await measure('top-20', recordings.get('top-20') as Recording, copies))
const report = [
  '| lists | members | µs a byte, median | p95 | least | allocated, bytes a step |',
  '|---|---:|---:|---:|---:|---:|',
  ...figures.map(
    (figure) =>
      `| ${figure.case} | ${figure.members} | ${figure.median} | ${figure.p95} | ${figure.least} | ${figure.allocated} |`,
  ),
  `\n\`npm run bench:core -- --write\`: ${rounds} rounds of ${bytes} bytes after ${warming} to warm up (${describeMachine()}).`,
].join('\n')
console.log(report)
if (values.write) writeSection('docs/benchmarks.md', 'core', report)
