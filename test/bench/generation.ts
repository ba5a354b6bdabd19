import { parseArgs } from 'node:util'
import type { Diagnosis } from '../../src/ensemble/diagnosis.ts'
import type { Directory } from '../../src/ensemble/directory.ts'
import type { Member } from '../../src/members/member.ts'
import { alone, fused, median, type Run, span } from './generation/measure.ts'
import { startSetups } from './generation/setups.ts'
import { domains, heldOut } from './held-out.ts'
import { describeMachine } from './machine.ts'
import { writeSection } from './write-section.ts'

// How fast an ensemble writes, compared with its slowest member alone: all ways of decoding in one run, interleaved.

const { values } = parseArgs({
  options: {
    prompts: { type: 'string', default: '4' },
    tokens: { type: 'string', default: '60' },
    write: { type: 'boolean', default: false },
  },
})
const prompts = domains.flatMap((domain) =>
  heldOut(domain, 'test', 2000).slice(0, Math.ceil(Number(values.prompts) / 4)),
)
const texts = prompts.map(({ text }) => text.slice(0, 200).replace(/\S+$/, '').trimEnd())
const maxTokens = Number(values.tokens)

const setups = await startSetups()
const byteWays = {
  stepwise: setups.byByte('stepwise', 'here'),
  'run-ahead streams': setups.byByte('run_ahead', 'here'),
  'run-ahead, lattices in the workers': setups.byByte('run_ahead', 'there'),
}
const tokenWays = (spread: number) => ({
  stepwise: setups.byToken('stepwise', spread),
  'run-ahead streams': setups.byToken('run_ahead', spread),
})

interface Row {
  readonly slowdown: number[]
  readonly rate: number[]
  readonly runs: Run[]
}

/** All ways over all prompts, in turn; what is measured second has its lists remembered. */
async function compare(ways: Readonly<Record<string, Directory>>, members: readonly Member[], temperature: number) {
  const rows = new Map<string, Row>()
  const limits: number[] = []
  const solo: number[] = []
  for (const [index, prompt] of texts.entries()) {
    for (const member of members) await alone(member, prompt, maxTokens)
    const rates: number[] = []
    for (const member of members) rates.push(await alone(member, prompt, maxTokens))
    const slowest = Math.min(...rates)
    solo.push(slowest * 1000)
    limits.push(Math.min(...(await Promise.all(members.map((member) => alone(member, prompt, maxTokens))))) * 1000)
    let agreed: string | null = null
    for (const [name, directory] of Object.entries(ways)) {
      const way = { maxTokens, temperature, seed: index }
      await fused(directory, prompt, way)
      const run = await fused(directory, prompt, way)
      agreed ??= run.text
      if (run.text !== agreed) throw new Error(`${name} wrote another text than stepwise`)
      const row = rows.get(name) ?? { slowdown: [], rate: [], runs: [] }
      row.slowdown.push(slowest / (run.bytes / run.ms))
      row.rate.push((run.bytes / run.ms) * 1000)
      row.runs.push(run)
      rows.set(name, row)
    }
  }
  return { rows, limits, solo }
}

const roundTripAndFirst = 5 + 15

function report(title: string, { rows, limits, solo }: Awaited<ReturnType<typeof compare>>): string {
  const lines = [
    `| ${title} | characters/s | time, of the slowest member alone | α | formula | waves a symbol | formula of the waves | contexts a symbol | lists wasted |`,
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|',
    `| slowest member alone | ${span(solo, 0)} | 1 | | | | | | |`,
    `| all members at once, unfused | ${span(limits, 0)} | ${(median(solo) / median(limits)).toFixed(2)} | | | | | | |`,
  ]
  for (const [name, { slowdown, rate, runs }] of rows) {
    const sum = (figure: (diagnosis: Diagnosis) => number) =>
      runs.reduce((total, { diagnosis }) => total + (diagnosis === null ? 0 : figure(diagnosis)), 0)
    const steps = sum((one) => one.steps)
    const alpha = sum((one) => (one.acceptance ?? 0) * one.steps) / steps
    const bytesAStep = runs.reduce((total, { bytes }) => total + bytes, 0) / steps
    const msAStep = (1000 / median(solo)) * bytesAStep
    const waves = sum((one) => one.waves) / steps
    const slowed = (wavesAStep: number) => (1 + (wavesAStep * roundTripAndFirst) / msAStep).toFixed(2)
    const members = (figure: (member: Diagnosis['members'][number]) => number) =>
      sum((one) => one.members.reduce((total, member) => total + figure(member), 0))
    const used = members(({ tokens }) => tokens.used)
    const wasted = members(({ tokens }) => tokens.wasted)
    lines.push(
      `| ${name} | ${span(rate, 0)} | ${span(slowdown, 2)} | ${alpha.toFixed(3)} | ${slowed(1 - alpha)} | ` +
        `${waves.toFixed(2)} | ${slowed(waves)} | ${(used / steps).toFixed(2)} | ${((100 * wasted) / (used + wasted)).toFixed(0)} % |`,
    )
  }
  return lines.join('\n')
}

const alike = (spread: number) => (spread === 1 ? 'little alike' : spread === 0.1 ? 'much alike' : 'nearly the same')

const tables: string[] = []
for (const temperature of [0, 1]) {
  tables.push(report(`by byte, T = ${temperature}`, await compare(byteWays, setups.members, temperature)))
  console.log(`\n${tables.at(-1)}`)
}
for (const [temperature, spread] of [
  [0, 1],
  [1, 1],
  [0, 0.1],
  [0, 0.03],
] as const) {
  const title = `by token, T = ${temperature}, two of one vocabulary, ${alike(spread)}`
  tables.push(report(title, await compare(tokenWays(spread), setups.members.slice(1, 2), temperature)))
  console.log(`\n${tables.at(-1)}`)
}
await setups.close()
const machine = `${texts.length} prompts, ${maxTokens} tokens of the lead member each; median (least–most) over prompts. ${describeMachine()}.`
console.log(`\n${machine}`)
if (values.write) writeSection('docs/benchmarks.md', 'generation', `${tables.join('\n\n')}\n\n${machine}`)
