import { parseArgs } from 'node:util'
import type { Diagnosis } from '../../src/ensemble/diagnosis.ts'
import type { Directory } from '../../src/ensemble/directory.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { silentObserver } from '../../src/ensemble/observer.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import type { Member } from '../../src/members/member.ts'
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

const clock = () => performance.now()
const options = () => ({ signal: new AbortController().signal, observer: silentObserver, clock })
const encoder = new TextEncoder()

/** What one way of writing did with one prompt. */
interface Run {
  readonly ms: number
  readonly bytes: number
  readonly text: string
  readonly diagnosis: Diagnosis | null
}

/** Time from the first to the last of the text, so that the prompt is not counted. */
async function fused(directory: Directory, prompt: string, temperature: number, seed: number): Promise<Run> {
  const request = { model: 'e', prompt, maxTokens, temperature, stop: [], diagnostics: 'summary' as const }
  let began = 0
  let text = ''
  let first = 0
  let last = 0
  for await (const event of generate(planCompletion(directory, request, seed), options())) {
    if (event.kind === 'finish') {
      return { ms: last - began, bytes: encoder.encode(text).length - first, text, diagnosis: event.diagnosis }
    }
    last = clock()
    text += event.text
    if (began > 0) continue
    began = last
    first = encoder.encode(text).length
  }
  throw new Error('no finish')
}

/** A member's own stream: bytes a millisecond. */
async function alone(member: Member, prompt: string): Promise<number> {
  const { signal } = new AbortController()
  const { vocabulary } = await member.probe(signal)
  const tokens = await member.tokenize(prompt, signal)
  let bytes = 0
  let began = 0
  let last = 0
  for await (const { token } of member.continue({ tokens }, { maxTokens: maxTokens * 2, topK: 1e6, signal })) {
    last = clock()
    if (began === 0) began = last
    else bytes += vocabulary?.bytes[token]?.length ?? 0
  }
  return bytes / (last - began)
}

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}
const span = (numbers: readonly number[], digits: number): string =>
  `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)}–${Math.max(...numbers).toFixed(digits)})`

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
    for (const member of members) await alone(member, prompt)
    const rates: number[] = []
    for (const member of members) rates.push(await alone(member, prompt))
    const slowest = Math.min(...rates)
    solo.push(slowest * 1000)
    limits.push(Math.min(...(await Promise.all(members.map((member) => alone(member, prompt))))) * 1000)
    let agreed: string | null = null
    for (const [name, directory] of Object.entries(ways)) {
      await fused(directory, prompt, temperature, index)
      const run = await fused(directory, prompt, temperature, index)
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
    `| ${title} | characters/s | time, of the slowest member alone | α | formula | waves a symbol | contexts a symbol | lists wasted |`,
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    `| slowest member alone | ${span(solo, 0)} | 1 | | | | | |`,
    `| all members at once, unfused | ${span(limits, 0)} | ${(median(solo) / median(limits)).toFixed(2)} | | | | | |`,
  ]
  for (const [name, { slowdown, rate, runs }] of rows) {
    const sum = (figure: (diagnosis: Diagnosis) => number) =>
      runs.reduce((total, { diagnosis }) => total + (diagnosis === null ? 0 : figure(diagnosis)), 0)
    const steps = sum((one) => one.steps)
    const alpha = sum((one) => (one.acceptance ?? 0) * one.steps) / steps
    const bytesAStep = runs.reduce((total, { bytes }) => total + bytes, 0) / steps
    const msAStep = (1000 / median(solo)) * bytesAStep
    const formula = 1 + ((1 - alpha) * roundTripAndFirst) / msAStep
    const members = (figure: (member: Diagnosis['members'][number]) => number) =>
      sum((one) => one.members.reduce((total, member) => total + figure(member), 0))
    const used = members(({ tokens }) => tokens.used)
    const wasted = members(({ tokens }) => tokens.wasted)
    lines.push(
      `| ${name} | ${span(rate, 0)} | ${span(slowdown, 2)} | ${alpha.toFixed(3)} | ${formula.toFixed(2)} | ` +
        `${(sum((one) => one.waves) / steps).toFixed(2)} | ${(used / steps).toFixed(2)} | ${((100 * wasted) / (used + wasted)).toFixed(0)} % |`,
    )
  }
  return lines.join('\n')
}

const tables: string[] = []
for (const temperature of [0, 1]) {
  tables.push(report(`by byte, T = ${temperature}`, await compare(byteWays, setups.members, temperature)))
  console.log(`\n${tables.at(-1)}`)
}
for (const [temperature, spread] of [
  [0, 1],
  [1, 1],
  [0, 0.1],
] as const) {
  const title = `by token, T = ${temperature}, two of one vocabulary, ${spread < 1 ? 'much' : 'little'} alike`
  tables.push(report(title, await compare(tokenWays(spread), setups.members.slice(1, 2), temperature)))
  console.log(`\n${tables.at(-1)}`)
}
await setups.close()
const machine = `${texts.length} prompts, ${maxTokens} tokens of the lead member each; median (least–most) over prompts. ${describeMachine()}.`
console.log(`\n${machine}`)
if (values.write) writeSection('docs/benchmarks.md', 'generation', `${tables.join('\n\n')}\n\n${machine}`)
