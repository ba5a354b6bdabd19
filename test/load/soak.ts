/**
 * Mixed load at a share of the measured capacity for a long time, with workers killed and stalled in turn: what grows, and what
 * callers notice.
 *
 *   npm run soak                                   measures the capacity, then a quarter of an hour at 70 % of it
 *   npm run soak -- --minutes 2 --rate 2 --write
 *
 * Exit code: 0 when no request failed and nothing grew, 1 when not, 2 when it could not run.
 */

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from '../bench/machine.ts'
import { writeSection } from '../bench/write-section.ts'
import { loadDuring, mixed } from './faults/load-during.ts'
import { startLocalGateway } from './local-gateway.ts'
import { measureCapacity } from './soak/capacity.ts'
import { type Fault, faults } from './soak/faults.ts'
import { type Sample, takeSample } from './soak/sample.ts'
import { brokenBy, residentSlope, type Stretch, stretchesOf } from './soak/verdict.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    // Of the capacity, which is measured first.
    share: { type: 'string', default: '0.7' },
    // Requests a second, instead of a share of the capacity.
    rate: { type: 'string' },
    // Seconds between two faults; 0: there are none.
    'fault-every': { type: 'string', default: '30' },
    write: { type: 'boolean', default: false },
  },
})

/** In a minute the heap has become as large as it will be. */
const warmUpSeconds = 60
const sampleMs = 2_000
const stretchCount = 5

process.exitCode = await main().catch((error: unknown) => {
  console.error(error)
  return 2
})

async function main(): Promise<number> {
  const minutes = Number(values.minutes)
  const seconds = minutes * 60
  const gateway = await startLocalGateway(fileURLToPath(new URL('./soak/soak.yaml', import.meta.url)))
  try {
    const { url } = gateway
    const pid = gateway.pids()['gateway'] as number
    const workers = Object.keys(gateway.pids()).filter((name) => name !== 'gateway')
    const capacity = values.rate === undefined ? await measureCapacity(url) : null
    const rate = capacity === null ? Number(values.rate) : capacity * Number(values.share)
    const load = { url, key: null, requests: mixed, rate }
    await loadDuring({ ...load, seconds: warmUpSeconds }, [])
    const samples: Sample[] = []
    const start = performance.now()
    const unread: unknown[] = []
    const sampling = setInterval(() => {
      takeSample(url, pid, performance.now() - start).then(
        (sample) => samples.push(sample),
        (error: unknown) => unread.push(error),
      )
    }, sampleMs)
    const every = Number(values['fault-every'])
    const kinds = Object.keys(faults) as Fault[]
    const deeds = Array.from({ length: every > 0 ? Math.ceil(seconds / every) - 1 : 0 }, (_, index) => {
      // Kinds take turns within a worker, so that every worker has every kind.
      const fault = kinds[index % kinds.length] as Fault
      const worker = workers[Math.floor(index / kinds.length) % workers.length] as string
      return {
        atSeconds: (index + 1) * every,
        name: `${index}: ${worker} ${fault}`,
        act: () => faults[fault](worker, gateway.pids),
      }
    })
    const { outcomes } = await loadDuring({ ...load, seconds }, deeds)
    clearInterval(sampling)
    const stretches = stretchesOf(samples, outcomes, seconds * 1000, stretchCount)
    const broken = [
      ...brokenBy(stretches, outcomes),
      ...(unread.length === 0 ? [] : [`${unread.length} looks at the gateway failed, the first by ${unread[0]}`]),
    ]
    const asked =
      capacity === null
        ? `${rate.toPrecision(3)} requests a second`
        : `${rate.toPrecision(3)} requests a second, ${Number(values.share) * 100} % of the ${capacity.toPrecision(3)} that were sustained before without a fault`
    const report = [
      tableOf(stretches),
      '',
      `\`npm run soak\` for ${minutes} minutes at ${asked}; of five three predictions, a completion and a stream. ` +
        `Every ${every} s one of the workers was killed, or stood still for ten seconds: ${deeds.length} faults. ` +
        `Resident memory from the second fifth on: ${residentSlope(samples, seconds * 1000, stretchCount).toFixed(1)} MiB an hour. ` +
        `${broken.length === 0 ? 'Nothing failed, and nothing grew.' : `Not kept: ${broken.join('; ')}.`} (${describeMachine()})`,
    ].join('\n')
    console.log(report)
    if (values.write) writeSection('docs/load-testing.md', 'soak', report)
    return broken.length === 0 ? 0 : 1
  } finally {
    await gateway.stop()
  }
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
