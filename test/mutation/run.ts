/**
 * Plants faults into src/core, one at a time, and counts those that the tests of core find.
 *
 *   npm run test:mutation -- --count 200 --seed 1 --write
 */
import { spawn } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { uniform } from '../../src/core/decode/noise.ts'
import { describeMachine } from '../bench/machine.ts'
import { applied, type Mutant, mutantsOf } from './mutants.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
})
const root = new URL('../../', import.meta.url).pathname
/** A test run that takes longer than this hangs, and a hang is found out. */
const limitMs = 90_000
const atOnce = 2

const all = globSync('src/core/**/*.ts', { cwd: root }).flatMap((file) =>
  mutantsOf(file, readFileSync(join(root, file), 'utf8')),
)
const seed = Number(values.seed)
const chosen = all
  .map((mutant, index) => ({ mutant, rank: uniform(seed, index, 0) }))
  .sort((a, b) => a.rank - b.rank)
  .slice(0, Number(values.count))
  .map(({ mutant }) => mutant)

/** A copy of what the tests of core need, in which faults do no harm. */
function makeCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), 'tutti-mutation-'))
  for (const part of ['src', 'test/core', 'test/laws', 'test/ensemble', 'package.json', 'tsconfig.json']) {
    cpSync(join(root, part), join(copy, part), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Whether the tests pass in a copy: first those of core, then the laws of the ensemble, which build on it. */
function passes(copy: string): Promise<boolean> {
  return new Promise((resolve) => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const child = spawn(process.execPath, [vitest, 'run', '--bail', '1', 'test/core', 'test/ensemble'], {
      cwd: copy,
      stdio: 'ignore',
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
    child.once('exit', (code) => {
      clearTimeout(timer)
      resolve(code === 0)
    })
  })
}

const copies = Array.from({ length: atOnce }, makeCopy)
const survivors: Mutant[] = []
let done = 0
const clean = await passes(copies[0] as string)
if (!clean) throw new Error('the tests fail without any fault planted')
const queue = [...chosen]
await Promise.all(
  copies.map(async (copy) => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const file = join(copy, mutant.file)
      const text = readFileSync(file, 'utf8')
      writeFileSync(file, applied(text, mutant))
      if (await passes(copy)) survivors.push(mutant)
      writeFileSync(file, text)
      done++
      process.stderr.write(`${done}/${chosen.length}, ${survivors.length} survive\r`)
    }
  }),
)
for (const copy of copies) rmSync(copy, { recursive: true })
const killed = chosen.length - survivors.length
console.log(
  `\n${killed} of ${chosen.length} faults found (${((100 * killed) / chosen.length).toFixed(1)} %), drawn from ${all.length} with seed ${seed}. Not found:`,
)
for (const { file, line, original, replacement } of survivors)
  console.log(`  ${file}:${line}  ${original}  →  ${replacement}`)
if (values.write) {
  const result = { machine: describeMachine(), seed, of: all.length, planted: chosen.length, found: killed, survivors }
  writeFileSync(new URL('../bench/results/mutation.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
}
