import { mixed } from '../faults/load-during.ts'
import { runScenario } from '../run-scenario.ts'
import { parseScenario } from '../scenario.ts'
import { defineSender } from '../send.ts'
import { watchProcesses } from '../watch.ts'

/** Rates grow by 30 % until one is not kept up with. */
const scenario = {
  requests: mixed,
  warm_up: { rate: 2, seconds: 30 },
  stages: [{ rate: 3, seconds: 10 }],
  ramp: { from: 4, factor: 1.3, seconds: 15, p99_ms: 2_000 },
}

/** Most requests a second of the soak's mix that the gateway sustains without any fault. */
export async function measureCapacity(url: string): Promise<number> {
  const now = () => performance.now()
  const sender = defineSender({ url, key: null, now })
  const { saturation } = await runScenario(parseScenario(JSON.stringify(scenario)), mixed, {
    sender,
    now,
    watch: watchProcesses({}, null),
    onStage: ({ rate, throughput, figures: { latency_ms: latency } }, label) =>
      console.log(
        `${label}: ${rate.toPrecision(3)}/s due, ${throughput.toPrecision(3)}/s answered, p99 ${latency.p99?.toFixed(0)} ms`,
      ),
  })
  await sender.close()
  if (saturation === null || saturation === 0) throw new Error('not even the first rate of the ramp was sustained')
  return saturation
}
