/**
 * The shipped ensemble under a steady mixed load for a long time, with a worker killed now and then: what grows, and what callers notice.
 *
 *   npm run soak                                   a quarter of an hour
 *   npm run soak -- --minutes 2 --rate 2 --write
 *
 * Exit code: 0 when no request failed and nothing grew, 1 when not, 2 when it could not run.
 */
import { parseArgs } from 'node:util'
import { describeMachine } from '../bench/machine.ts'
import { writeSection } from '../bench/write-section.ts'
import { until } from '../end-to-end/gateway.ts'
import { loadDuring, mixed } from './faults/load-during.ts'
import { startLocalGateway } from './local-gateway.ts'
import { type Sample, takeSample } from './soak/sample.ts'
import { brokenBy, type Stretch, stretchesOf } from './soak/verdict.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    // Requests a second: about half of what two slow cores sustain.
    rate: { type: 'string', default: '2.5' },
    // Seconds between two workers being killed; 0: none is.
    'kill-every': { type: 'string', default: '60' },
    write: { type: 'boolean', default: false },
  },
})

/** In a minute the heap has become as large as it will be. */
const warmUpSeconds = 60
const sampleMs = 2_000
const stretchCount = 5
/** Milliseconds in which a worker that was killed is to be back. */
const backMs = 60_000

process.exitCode = await main().catch((error: unknown) => {
  console.error(error)
  return 2
})

async function main(): Promise<number> {
  const [minutes, rate, killEvery] = [values.minutes, values.rate, values['kill-every']].map(Number) as [
    number,
    number,
    number,
  ]
  const seconds = minutes * 60
  const gateway = await startLocalGateway(undefined)
  try {
    const { url } = gateway
    const pid = gateway.pids()['gateway'] as number
    const workers = () => Object.keys(gateway.pids()).filter((name) => name !== 'gateway')
    const load = { url, key: null, requests: mixed, rate }
    await loadDuring({ ...load, seconds: warmUpSeconds }, [])
    const samples: Sample[] = []
    const start = performance.now()
    const sampling = setInterval(async () => {
      const atMs = performance.now() - start
      samples.push(await takeSample(url, pid, atMs))
    }, sampleMs)
    const kills = Array.from({ length: killEvery > 0 ? Math.ceil(seconds / killEvery) - 1 : 0 }, (_, index) => ({
      atSeconds: (index + 1) * killEvery,
      name: `kill ${index}`,
      act: () => killOne(gateway.pids, workers()[index % workers().length] as string),
    }))
    const backs: number[] = []
    const deeds = kills.map(({ act, ...deed }) => ({ ...deed, act: async () => void backs.push(await act()) }))
    const { outcomes } = await loadDuring({ ...load, seconds }, deeds)
    clearInterval(sampling)
    const stretches = stretchesOf(samples, outcomes, seconds * 1000, stretchCount)
    const broken = brokenBy(stretches, outcomes)
    const report = [
      tableOf(stretches),
      '',
      `\`npm run soak -- --minutes ${minutes} --rate ${rate}\`: of five requests three predictions, a completion and a stream; ` +
        `${backs.length} times a worker was killed, and started again within ${Math.round(Math.max(0, ...backs))} ms ` +
        `(${describeMachine()}). ${broken.length === 0 ? 'Nothing failed, and nothing grew.' : `Not kept: ${broken.join('; ')}.`}`,
    ].join('\n')
    console.log(report)
    if (values.write) writeSection('docs/load-testing.md', 'soak', report)
    return broken.length === 0 ? 0 : 1
  } finally {
    await gateway.stop()
  }
}

/** Kills a worker, and waits until another process is there for it; how long that took, in milliseconds. */
function killOne(pids: () => Readonly<Record<string, number>>, worker: string): Promise<number> {
  const before = pids()[worker] as number
  process.kill(before, 'SIGKILL')
  return until(() => pids()[worker] !== before, backMs)
}

function tableOf(stretches: readonly Stretch[]): string {
  const minutes = (ms: number) => (ms / 60_000).toFixed(1)
  const whole = (value: number | null) => (value === null ? '' : value.toFixed(0))
  return [
    '| minutes | requests | failed | degraded | p50 ms | p99 ms | resident MiB, median | heap MiB, least | sockets, most | event loop p99 ms, most |',
    `|---|${'---:|'.repeat(9)}`,
    ...stretches.map((one) =>
      [
        '',
        `${minutes(one.fromMs)}–${minutes(one.toMs)}`,
        one.requests,
        one.failed,
        one.degraded,
        whole(one.p50Ms),
        whole(one.p99Ms),
        whole(one.residentMiB),
        whole(one.heapMiB),
        one.sockets,
        whole(one.lagMs),
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ].join('\n')
}
