import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with one plain line, `N passed, N failed` (`, N skipped` where any are), for scripts that read no colours, and what repeats it. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0
    // Errors outside any test, and files that could not be loaded, are failures too.
    let failed = errors.length
    let skipped = 0
    for (const module of modules) {
      if (module.errors().length > 0) failed++
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed++
        // Left out by a filter or by `skip`. One that was to run and never ended ("pending") has failed.
        else if (state === 'skipped') skipped++
        else failed++
      }
    }
    process.stdout.write(`\nproperties drawn with PROPERTY_SEED=${process.env['PROPERTY_SEED']}`)
    process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
  }
}
