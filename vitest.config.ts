import { defineConfig } from 'vitest/config'

// Kept in the environment, because this file is read more than once.
process.env['PROPERTY_SEED'] ??= String(Math.floor(Math.random() * 2 ** 31))

const suite = process.env['TEST_SUITE']

export default defineConfig({
  test: {
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
