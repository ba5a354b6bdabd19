import { startTwin } from '../../wire/kit/twin.ts'
import { vllm } from '../../wire/vllm.ts'
import { bigrams } from './bigrams.ts'

// Two servers of vLLM's protocol in a process of their own, which tells their addresses and lives as long as its parent.

const [perTokenMs = '20', roundTripMs = '5'] = process.argv.slice(2)
const latency = { perTokenMs: Number(perTokenMs), roundTripMs: Number(roundTripMs) }
const twins = await Promise.all([0, 1].map((seed) => startTwin(vllm, bigrams(seed), { latency })))
// What was asked is of no interest here, and would be kept for good.
setInterval(() => {
  for (const { calls } of twins) calls.splice(0)
}, 1000).unref()
process.send?.(twins.map(({ url }) => url))
process.on('disconnect', () => process.exit(0))
