import { test } from 'vitest'
import { attack } from './attack.ts'

const count = Number(process.env['FUZZ_COUNT'] ?? 200_000)

test(`${count} random, mutated and hostile requests find no fault, and leave nothing behind`, {
  timeout: 3_600_000,
}, async () => {
  const started = performance.now()
  await attack(count, 8 << 20)
  console.log(`${count} requests in ${Math.round((performance.now() - started) / 1000)} s`)
})
