/**
 * How fast the ensemble of `npm start` writes on its own embedded workers, compared with its slowest member alone: all ways of
 * decoding in one run, interleaved. All three models share the machine's processors here.
 *
 *   npm run bench:embedded -- --write
 */
import { parseArgs } from 'node:util'
import { defineMember, loadTokenizers } from '../../src/compose/define-member.ts'
import { placeMembers } from '../../src/compose/embedded.ts'
import { loadConfig } from '../../src/config/load.ts'
import { alone, fused, median, span } from './generation/measure.ts'
import { directoryOf, withoutLattice } from './generation/setups.ts'
import { domains, heldOut } from './held-out.ts'
import { describeMachine } from './machine.ts'
import { writeSection } from './write-section.ts'

const { values } = parseArgs({
  options: { tokens: { type: 'string', default: '60' }, write: { type: 'boolean', default: false } },
})
const maxTokens = Number(values.tokens)
const prompts = domains.map((domain) => (heldOut(domain, 'test', 2000)[0]?.text ?? '').slice(0, 200).trimEnd())

const { members: configs } = await loadConfig('config/default.yaml', process.env)
const tokenizers = loadTokenizers(configs)
const placed = await placeMembers(configs, () => {})
const members = configs.map((config) =>
  defineMember(config, placed.urls.get(config.id) ?? [], tokenizers.get(config.id) ?? null),
)
const probes = await Promise.all(members.map((member) => member.probe(AbortSignal.timeout(30_000))))

const here = members.map(withoutLattice)
const ways = {
  stepwise: directoryOf(here, probes, { decoding: 'stepwise' }),
  'run-ahead streams': directoryOf(here, probes, { decoding: 'run_ahead' }),
  'run-ahead, lattices in the workers': directoryOf(members, probes, { decoding: 'run_ahead' }),
}

const lines = [
  '| T | way | characters/s | time, of the slowest member alone | of all members at once | texts unlike stepwise |',
  '|---:|---|---:|---:|---:|---:|',
]
for (const temperature of [0, 1]) {
  const rows = new Map<string, { rate: number[]; alone: number[]; together: number[]; unlike: number }>()
  for (const [seed, prompt] of prompts.entries()) {
    const rates: number[] = []
    for (const member of members) rates.push(await alone(member, prompt, maxTokens))
    const slowest = Math.min(...rates)
    const limit = Math.min(...(await Promise.all(members.map((member) => alone(member, prompt, maxTokens)))))
    let expected: string | null = null
    for (const [name, directory] of Object.entries(ways)) {
      const { bytes, ms, text } = await fused(directory, prompt, { maxTokens, temperature, seed })
      expected ??= text
      const row = rows.get(name) ?? { rate: [], alone: [], together: [], unlike: 0 }
      rows.set(name, row)
      row.rate.push((1000 * bytes) / ms)
      row.alone.push(slowest / (bytes / ms))
      row.together.push(limit / (bytes / ms))
      if (text !== expected) row.unlike++
    }
  }
  for (const [name, row] of rows) {
    const cells = [
      temperature,
      name,
      span(row.rate, 0),
      span(row.alone, 2),
      median(row.together).toFixed(2),
      row.unlike,
    ]
    lines.push(`| ${cells.join(' | ')} |`)
  }
}
await Promise.all(members.map((member) => member.close()))
await placed.close()
lines.push(
  '',
  `${prompts.length} prompts, ${maxTokens} tokens of the lead member each; median (least–most) over prompts. \`npm run bench:embedded -- --write\` (${describeMachine()}).`,
)
console.log(lines.join('\n'))
if (values.write) writeSection('docs/benchmarks.md', 'embedded', lines.join('\n'))
