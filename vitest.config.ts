import { defineConfig } from 'vitest/config'

// Kept in the environment, because this file is read more than once.
process.env['PROPERTY_SEED'] ??= String(Math.floor(Math.random() * 2 ** 31))

// V8 keeps its books of protected code pages badly when threads with code of their own come and go, and ends the process by
// `Check failed: jit_page.has_value()` (nodejs/node#64500). It protects them where the processor has protection keys.
const keyless = process.platform === 'linux' && process.arch === 'x64' ? ['--no-memory-protection-keys'] : []

const suite = process.env['TEST_SUITE']

export default defineConfig({
  test: {
    execArgv: keyless,
    env: { PROPERTY_SEED: process.env['PROPERTY_SEED'] },
    setupFiles: ['test/reporting/property-seed.ts'],
    // Suites that need more than Node, or more time, have a script each: `npm run test:redis`.
    include: suite === undefined ? ['test/**/*.test.ts'] : [`test/${suite}/**/*.suite.ts`],
    reporters: ['default', './test/reporting/count-reporter.ts'],
    // Two cores, often shared: a slow machine is no failure, a hang is.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
