import { defineConfig } from 'vitest/config'

// Kept in the environment, because this file is read more than once.
process.env['PROPERTY_SEED'] ??= String(Math.floor(Math.random() * 2 ** 31))

export default defineConfig({
  test: {
    env: { PROPERTY_SEED: process.env['PROPERTY_SEED'] },
    setupFiles: ['test/reporting/property-seed.ts'],
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/reporting/count-reporter.ts'],
    // Two cores, often shared: a slow machine is no failure, a hang is.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
