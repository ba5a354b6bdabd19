/**
 * Plants faults into src/core, one at a time, and counts those that the tests of core find.
 *
 *   npm run test:mutation -- --count 200 --seed 1 --write
 *   npm run test:mutation -- --file lattice/trie --tests own     every fault of one file, against the tests of that file alone
 */
import { globSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { uniform } from '../../src/core/decode/noise.ts'
import { describeMachine } from '../bench/machine.ts'
import { writeSection } from '../bench/write-section.ts'
import { Copy, type Stage } from './copy.ts'
import { equivalentOf, equivalents } from './equivalent.ts'
import { type Mutant, mutantsOf } from './mutants.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
    file: { type: 'string', default: '' },
    nice: { type: 'string', default: '10' },
    tests: { type: 'string', default: 'all' },
    write: { type: 'boolean', default: false },
  },
})
const root = fileURLToPath(new URL('../../', import.meta.url))
setPriority(Number(values.nice))

/** Tests in the order in which they are run, from those of the file to those of what builds on core; `--tests` stops earlier. */
const stagesOf = {
  own: (own: string) => [own],
  near: (own: string) => [own, dirname(own)],
  core: (own: string) => [own, dirname(own), 'test/core'],
  all: (own: string) => [own, dirname(own), 'test/core', 'test/ensemble'],
}

function testsFor({ file }: Mutant): string[] {
  const stages = stagesOf[values.tests as keyof typeof stagesOf]
  if (stages === undefined) throw new Error(`--tests is one of ${Object.keys(stagesOf).join(', ')}`)
  return stages(file.replace(/^src/, 'test').replace(/ts$/, ''))
}

const sources = globSync('src/core/**/*.ts', { cwd: root }).sort()
const found = sources.map((file) => {
  const text = readFileSync(join(root, file), 'utf8')
  const mutants = mutantsOf(file, text)
  return { file, mutants, left: mutants.filter((mutant) => equivalentOf(mutant, text) === undefined) }
})
const all = found.flatMap(({ left }) => left)
const leftOut = found.reduce((sum, { mutants, left }) => sum + mutants.length - left.length, 0)
// An entry that speaks of code that is no longer there would hide what takes its place.
if (leftOut !== equivalents.length) throw new Error(`${equivalents.length} equivalents are listed, ${leftOut} were met`)

const seed = Number(values.seed)
const chosen = all
  .filter(({ file }) => file.includes(values.file))
  .map((mutant, index) => ({ mutant, rank: uniform(seed, index, 0) }))
  .sort((a, b) => (values.file === '' ? a.rank - b.rank : 0))
  .slice(0, Number(values.count ?? (values.file === '' ? 100 : all.length)))
  .map(({ mutant }) => mutant)

const copies = [new Copy(), new Copy()] as const
const stages = new Map<string, Stage>()
for (const tests of new Set(chosen.flatMap(testsFor))) {
  const { outcome, seconds } = await copies[0].run({ tests, limit: 600 })
  if (outcome !== 'passed') throw new Error(`${tests} fails without any fault planted`)
  stages.set(tests, { tests, limit: 8 + 3 * seconds })
}
function lineOf({ file, line, original, replacement }: Mutant): string {
  return `${file}:${line}  ${original}  →  ${replacement}`
}

function report(progress: string, survivor: string | null): void {
  if (process.stderr.isTTY) process.stderr.write(`${progress}\r`)
  else if (survivor !== null) process.stderr.write(`${progress}: ${survivor}\n`)
}

const survivors: Mutant[] = []
let done = 0
let hung = 0
const queue = [...chosen]
await Promise.all(
  copies.map(async (copy) => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const order = testsFor(mutant).map((tests) => stages.get(tests) as Stage)
      const outcome = await copy.outcomeOf(mutant, order)
      if (outcome === 'passed') survivors.push(mutant)
      if (outcome === 'hung') hung++
      done++
      report(`${done}/${chosen.length}, ${survivors.length} survive`, outcome === 'passed' ? lineOf(mutant) : null)
    }
  }),
)
for (const copy of copies) copy.remove()
survivors.sort((a, b) => a.file.localeCompare(b.file) || a.start - b.start)
const killed = chosen.length - survivors.length
const share = ((100 * killed) / chosen.length).toFixed(1)
const summary = [
  `${killed} of ${chosen.length} faults found, ${share} %, ${hung} of them by tests that no longer ended; drawn from ${all.length} with seed ${seed}.`,
  `Left out as equivalent (\`test/mutation/equivalent.ts\`): ${equivalents.length}. Not found:`,
  '\n```text',
  ...survivors.map(lineOf),
  '```',
  `\n\`npm run test:mutation -- --tests ${values.tests} --count ${chosen.length} --seed ${seed} --write\` (${describeMachine()}).`,
].join('\n')
console.log(`\n${summary}`)
for (const { file, place, replacement, reason } of equivalents)
  console.log(`equivalent: ${file}  ${place}  →  ${replacement}: ${reason}`)
if (values.write) writeSection('docs/benchmarks.md', 'mutation', summary)
