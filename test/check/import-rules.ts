import { createRequire } from 'node:module'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'

/**
 * Checks the import rules of .dependency-cruiser.cjs. Also fails when it has seen hardly any module or import: with a
 * TypeScript that it doesn't know, the tool finds nothing and calls that clean.
 */
const leastModules = 100
const require = createRequire(import.meta.url)
const { forbidden, options } = require('../../.dependency-cruiser.cjs')

const { output } = await cruise(['src'], { ruleSet: { forbidden }, validate: true, ...options }, undefined, {
  tsConfig: extractTSConfig('tsconfig.json'),
})
const { modules, summary } = output as ICruiseResult
const imports = modules.reduce((sum, { dependencies }) => sum + dependencies.length, 0)
const own = modules.filter(({ source }) => source.startsWith('src/')).length

for (const { from, to, rule } of summary.violations) console.error(`${rule.name}: ${from} -> ${to}`)
console.log(`${own} modules, ${imports} imports, ${summary.violations.length} against the rules`)
if (own < leastModules || imports < own) {
  console.error(`too few were seen to judge by (at least ${leastModules} modules expected)`)
  process.exit(1)
}
if (summary.violations.length > 0) process.exit(1)
