/**
 * How much likelier held-out sentences are over bytes than by the model's own tokenization alone, for several prunings.
 *
 *   npm run bench:own-tokens -- --write
 */
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.ts'
import { ownTokenGains, sentenceCount, sentences } from './own-token-gains.ts'
import { writeSection } from './write-section.ts'

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
const rows: string[] = []
for (const tau of [1e-6, 1e-5, 1e-4, 1e-3, 5e-3]) {
  const { each, mean, listsPerByte } = await ownTokenGains(sentences(), tau)
  const shown = [mean, each[each.length >> 1]!, each[0]!, each.at(-1)!].map((gain) => gain.toFixed(5))
  const less = each.filter((gain) => gain < -1e-6).length
  rows.push(`| ${tau} | ${shown.join(' | ')} | ${less} | ${listsPerByte.toFixed(2)} |`)
  process.stderr.write(`τ = ${tau} done\n`)
}
const report = [
  '| τ | gain, bits per byte: mean | median | least | most | sentences less likely | lists per byte |',
  '|---:|---:|---:|---:|---:|---:|---:|',
  ...rows,
  `\n\`npm run bench:own-tokens -- --write\`: ${sentenceCount} sentences (${describeMachine()}).`,
].join('\n')
console.log(report)
if (values.write) writeSection('docs/benchmarks.md', 'own-tokens', report)
