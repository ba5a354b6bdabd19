/**
 * A report of the load test into docs/load-testing.md, as tables and drawing.
 *
 *   npm run load -- --scenario test/load/scenarios/saturation.yaml --out reports && npm run load:docs -- reports
 */
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine } from '../bench/machine.ts'
import { writeSection } from '../bench/write-section.ts'
import type { Report } from './report/report.ts'
import { tablesOf, toMarkdown } from './report/tables.ts'

const folder = process.argv[2]
if (folder === undefined) throw new Error('npm run load:docs -- FOLDER: the folder that `npm run load -- --out` wrote')
const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report
const sustained = report.saturation === null ? '' : `Sustained: ${report.saturation.toPrecision(3)} requests/s. `
writeSection('docs/load-testing.md', 'load', `${toMarkdown(tablesOf(report))}\n\n${sustained}(${describeMachine()})`)
copyFileSync(join(folder, 'report.svg'), new URL('../../docs/load-report.svg', import.meta.url))
