/**
 * What pruning and truncated lists cost, on the shipped models and held-out texts.
 *
 *   npm run bench:lattice -- --bytes 4000 --write
 */
import { parseArgs } from 'node:util'
import { choose } from '../../src/core/decode/choose.ts'
import { ByteLattice } from '../../src/core/lattice/byte-lattice.ts'
import { linearPool } from '../../src/core/pool/linear.ts'
import { renormalised } from '../../src/core/pool/weights.ts'
import { byteProbabilities, driveFrom } from './byte-probabilities.ts'
import { type Domain, heldOut } from './held-out.ts'
import type { ListSource } from './list-source.ts'
import { describeMachine } from './machine.ts'
import { startShippedModels } from './shipped-models.ts'
import { writeSection } from './write-section.ts'

const { values } = parseArgs({
  options: { bytes: { type: 'string', default: '4000' }, write: { type: 'boolean', default: false } },
})
const bytesPerDomain = Number(values.bytes)
const taus = [1e-4, 3e-4, 1e-3, 3e-3, 5e-3, 1e-2, 3e-2]
const lengths = [5, 20, 50, 100, Number.POSITIVE_INFINITY]
const defaultTau = 5e-3
/** Documents are cut: a small τ asks for so many lists of so long contexts that a whole one takes minutes. */
const excerptLength = 700

/** Beginnings of held-out documents until they have at least `bytes` bytes. */
function excerpts(domain: Domain, bytes: number): string[] {
  const texts: string[] = []
  let total = 0
  for (const { text } of heldOut(domain, 'test', Number.POSITIVE_INFINITY)) {
    if (total >= bytes) break
    const excerpt = text.slice(0, excerptLength)
    texts.push(excerpt)
    total += Buffer.byteLength(excerpt)
  }
  return texts
}

const models = await startShippedModels()
const bits = (probabilities: Float64Array) => probabilities.reduce((sum, p) => sum - Math.log2(p), 0)

interface TauRow {
  readonly tau: number
  readonly model: string
  readonly domain: Domain
  readonly bits_per_byte: number
  readonly own_tokens_bits_per_byte: number
  readonly lists_per_byte: number
  readonly pruned_per_byte: number
}

async function tauRows(model: number, domain: Domain): Promise<TauRow[]> {
  const sums = taus.map(() => ({ bits: 0, queries: 0, pruned: 0 }))
  let bytes = 0
  let own = 0
  for (const text of excerpts(domain, bytesPerDomain)) {
    // One document at a time, so that every τ is answered from the same lists and few of them are held.
    const source = models.sources()[model] as ListSource
    const { logProbs } = await source.alongOwnTokens(text)
    own -= logProbs.reduce((sum, logProb) => sum + logProb, 0) / Math.LN2
    bytes += new TextEncoder().encode(text).length
    for (const [index, tau] of taus.entries()) {
      const scored = await byteProbabilities(source, text, tau)
      const sum = sums[index] as (typeof sums)[number]
      sum.bits += bits(scored.probabilities)
      sum.queries += scored.queries
      sum.pruned += scored.prunedMass
    }
    process.stderr.write(`${models.members[model]?.member.id} ${domain}: ${bytes} bytes\n`)
  }
  return taus.map((tau, index) => {
    const sum = sums[index] as (typeof sums)[number]
    return {
      tau,
      model: models.members[model]?.member.id ?? '',
      domain,
      bits_per_byte: sum.bits / bytes,
      own_tokens_bits_per_byte: own / bytes,
      lists_per_byte: sum.queries / bytes,
      pruned_per_byte: sum.pruned / bytes,
    }
  })
}

interface LengthRow {
  readonly top_k: number | 'all'
  readonly missing_mass: number
  readonly certified: number
  readonly greedy_changes: number
  readonly bits_per_byte: number
}

/** All three members along held-out texts of all domains; the pool's greedy choice at every byte. */
async function lengthRows(): Promise<LengthRow[]> {
  const sums = lengths.map(() => ({ missing: 0, certified: 0, changes: 0, bits: 0 }))
  let bytes = 0
  for (const domain of ['speeches', 'technical'] as const) {
    for (const text of excerpts(domain, bytesPerDomain / 2)) {
      const sources = models.sources()
      for (const source of sources) await source.alongOwnTokens(text)
      const encoded = new TextEncoder().encode(text)
      bytes += encoded.length
      const chosen: number[][] = []
      // Whole lists come last and are what the others are compared with, but their choices are needed first.
      for (const index of [...lengths.keys()].reverse()) {
        const topK = lengths[index] as number
        const sum = sums[index] as (typeof sums)[number]
        const lattices = sources.map(({ probe }) => new ByteLattice(probe.vocabulary!, { tau: defaultTau }))
        const all = (walk: (lattice: ByteLattice) => ReturnType<ByteLattice['ready']>) =>
          Promise.all(lattices.map((lattice, m) => driveFrom(walk(lattice), sources[m] as ListSource, topK)))
        await all((lattice) => lattice.open(new Uint8Array(0)))
        const choices: number[] = []
        for (const byte of encoded) {
          await all((lattice) => lattice.ready())
          const fused = linearPool(
            lattices.map((lattice) => lattice.conditional()),
            renormalised(lattices.map(() => 1)),
          )
          const choice = choose(fused, { temperature: 0, topP: 1, minP: 0, seed: 0, step: 0 })
          choices.push(choice.symbol)
          sum.missing += fused.missing
          sum.certified += choice.certified ? 1 : 0
          sum.bits -= Math.log2(fused.probabilities[byte] as number)
          await all((lattice) => lattice.accept(byte))
        }
        chosen[index] = choices
        const whole = chosen[lengths.length - 1] as number[]
        sum.changes += choices.filter((choice, at) => choice !== whole[at]).length
      }
      process.stderr.write(`lists: ${domain}, ${bytes} bytes\n`)
    }
  }
  return lengths.map((topK, index) => {
    const sum = sums[index] as (typeof sums)[number]
    return {
      top_k: Number.isFinite(topK) ? topK : 'all',
      missing_mass: sum.missing / bytes,
      certified: sum.certified / bytes,
      greedy_changes: sum.changes / bytes,
      bits_per_byte: sum.bits / bytes,
    }
  })
}

const tauFigures = [
  ...(await tauRows(1, 'speeches')),
  ...(await tauRows(2, 'technical')),
  ...(await tauRows(1, 'technical')),
]
const lengthFigures = await lengthRows()
await models.close()

const percent = (share: number) => `${(share * 100).toFixed(1)} %`
const report = [
  '| model, text | τ | bits per byte | its own tokens | lists per byte | pruned per byte |',
  '|---|---:|---:|---:|---:|---:|',
  ...tauFigures.map(
    (row) =>
      `| ${row.model}, ${row.domain} | ${row.tau} | ${row.bits_per_byte.toFixed(4)} | ${row.own_tokens_bits_per_byte.toFixed(4)} | ${row.lists_per_byte.toFixed(2)} | ${row.pruned_per_byte.toExponential(1)} |`,
  ),
  '\n| list | missing mass | certified | greedy byte changed | bits per byte of the pool |',
  '|---|---:|---:|---:|---:|',
  ...lengthFigures.map(
    (row) =>
      `| ${row.top_k === 'all' ? 'all' : `top-${row.top_k}`} | ${row.missing_mass.toFixed(3)} | ${percent(row.certified)} | ${percent(row.greedy_changes)} | ${row.bits_per_byte.toFixed(4)} |`,
  ),
  `\n\`npm run bench:lattice -- --bytes ${bytesPerDomain} --write\` (${describeMachine()}).`,
].join('\n')
console.log(report)
if (values.write) writeSection('docs/benchmarks.md', 'lattice', report)
