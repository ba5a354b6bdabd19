import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/reporting/count-reporter.ts'],
    // Two cores, often shared: a slow machine is no failure, a hang is.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
