/**
 * What callers notice when a worker, or one of two gateways, is killed under load: the same programs as in
 * docker-compose.yml, as processes of this machine.
 *
 *   npm run load:faults -- --write
 *
 * The second part needs `redis-server` and `haproxy` (Debian's packages of those names); without them it fails.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from '../bench/machine.ts'
import { writeSection } from '../bench/write-section.ts'
import { killGateway } from './faults/gateway-killed.ts'
import { killWorker } from './faults/worker-killed.ts'

const { values } = parseArgs({
  options: {
    // Requests a second.
    rate: { type: 'string', default: '5' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const rate = Number(values.rate)
const folder = mkdtempSync(join(tmpdir(), 'tutti-faults-'))
const parts = {
  worker: { title: 'one of three workers killed', run: () => killWorker(rate, folder) },
  gateway: { title: 'one of two gateways killed', run: () => killGateway(rate, folder) },
}
const tables: string[] = []
for (const [name, { title, run }] of Object.entries(parts)) {
  if (values.only !== undefined && values.only !== name) continue
  const rows = await run()
  tables.push([`| ${title} | |`, '|---|---:|', ...rows.map((cells) => `| ${cells.join(' | ')} |`), ''].join('\n'))
  console.log(tables.at(-1))
}
rmSync(folder, { recursive: true })
const report = [
  ...tables,
  `\`npm run load:faults -- --write\`: ${rate} requests a second, of five three predictions, a completion and a stream (${describeMachine()}).`,
].join('\n')
if (values.write) writeSection('docs/load-testing.md', 'faults', report)
