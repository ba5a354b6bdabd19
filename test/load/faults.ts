/**
 * What callers notice when a worker, or one of two gateways, is killed under load: the same programs as in
 * docker-compose.yml, as processes of this machine.
 *
 *   npm run load:faults -- --write
 *   npm run load:faults -- --engine docker --container tutti-bpe4k-gpt-1   one of the containers, which run already
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
import { containers, killWorker, processes } from './faults/worker-killed.ts'

const { values } = parseArgs({
  options: {
    // Requests a second.
    rate: { type: 'string', default: '5' },
    only: { type: 'string' },
    container: { type: 'string' },
    engine: { type: 'string', default: 'docker' },
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    write: { type: 'boolean', default: false },
  },
})
const rate = Number(values.rate)
const folder = mkdtempSync(join(tmpdir(), 'tutti-faults-'))
const { container, engine, url } = values
const parts = {
  worker: {
    title: `one of three workers killed${container === undefined ? '' : ', in containers'}`,
    run: async () =>
      killWorker(rate, container === undefined ? await processes(folder) : containers(url, engine, container)),
  },
  gateway: { title: 'one of two gateways killed', run: () => killGateway(rate, folder) },
}
const tables: string[] = []
for (const [name, { title, run }] of Object.entries(parts)) {
  if ((container === undefined ? (values.only ?? name) : 'worker') !== name) continue
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
