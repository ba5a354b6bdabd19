import { test } from 'vitest'
import { attack } from './attack.ts'

// The whole of it: npm run test:fuzz. In so few requests what grows is what is still being warmed up.
test('random, mutated and hostile requests find no fault, and leave nothing behind', async () => {
  await attack(1_000, 32 << 20)
})
