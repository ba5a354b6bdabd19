/**
 * `/v1/predict` against a bare loop and against Portkey's gateway; and how its cost grows.
 *
 *   npm run bench -- --write
 *
 * `npm run bench` installs the peers into this folder first.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from '../machine.ts'
import { writeSection } from '../write-section.ts'
import { againstPeers } from './against-peers.ts'
import { growth } from './growth.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'tutti-bench-'))
const options = { folder, rounds: Number(values.rounds), seconds: Number(values.seconds) }
const root = new URL('../../../', import.meta.url)
const version = (path: string) => (JSON.parse(readFileSync(new URL(path, root), 'utf8')) as { version: string }).version
const versions = [
  `fastify ${version('node_modules/fastify/package.json')}`,
  `undici ${version('node_modules/undici/package.json')}`,
  `Portkey ${version('test/bench/peers/node_modules/@portkey-ai/gateway/package.json')}`,
].join(', ')

for (const [name, run] of Object.entries({ peers: againstPeers, growth })) {
  if (values.only !== undefined && values.only !== name) continue
  const report = `${await run(options)}\n\n\`npm run bench -- --write\`: medians (least–most) of ${values.rounds} rounds of ${values.seconds} s (${describeMachine()}, ${versions}).`
  console.log(report)
  if (values.write) writeSection('docs/benchmarks.md', name, report)
}
rmSync(folder, { recursive: true })
