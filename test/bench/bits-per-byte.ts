/**
 * Bits per byte of each shipped model, of the equal-weight ensemble and of fitted weights on the held-out texts.
 *
 *   npm run models:evaluate -- --bytes 12000          print the table
 *   npm run models:evaluate -- --bytes 12000 --write  and put it into models/README.md
 *
 * Weights are fitted by expectation–maximisation on the `tune` split of all domains; figures are of the `test` split.
 */
import { parseArgs } from 'node:util'
import { fitLinearWeights } from '../../src/core/learn/expectation-maximisation.ts'
import { byteProbabilities } from './byte-probabilities.ts'
import { domains, heldOut } from './held-out.ts'
import { describeMachine } from './machine.ts'
import { shippedModels, startShippedModels } from './shipped-models.ts'
import { writeSection } from './write-section.ts'

const models = shippedModels
const { values } = parseArgs({
  options: {
    bytes: { type: 'string', default: '12000' },
    tau: { type: 'string', default: '0.005' },
    write: { type: 'boolean', default: false },
  },
})
const bytesPerDomain = Number(values.bytes)
const tau = Number(values.tau)
const documentsAtOnce = 8

interface Column {
  /** By model: its probability of every byte of the split. */
  readonly probabilities: Float64Array[]
  readonly queries: number[]
  readonly bytes: number
}

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** −log2 of the weighted sum of the members' probabilities, per byte. */
function bitsPerByte({ probabilities, bytes }: Column, weights: readonly number[]): number {
  let bits = 0
  for (let x = 0; x < bytes; x++) {
    bits -= Math.log2(probabilities.reduce((sum, own, m) => sum + (weights[m] as number) * (own[x] as number), 0))
  }
  return bits / bytes
}

const running = await startShippedModels()

async function score(domain: (typeof domains)[number], split: 'tune' | 'test', bytes: number): Promise<Column> {
  const documents = heldOut(domain, split, bytes)
  const scored = models.map(() =>
    documents.map(() => ({ probabilities: new Float64Array(0), queries: 0, prunedMass: 0 })),
  )
  const queue = [...documents.keys()]
  const lane = async () => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const { text } = documents[index] as (typeof documents)[number]
      await Promise.all(
        running.sources().map(async (source, m) => {
          const own = await byteProbabilities(source, text, tau)
          ;(scored[m] as (typeof own)[])[index as number] = own
        }),
      )
      process.stderr.write(`${domain} ${split}: ${queue.length} documents left\n`)
    }
  }
  await Promise.all(Array.from({ length: documentsAtOnce }, lane))
  const probabilities = scored.map((own) => concatenated(own.map((document) => document.probabilities)))
  const queries = scored.map((own) => own.reduce((sum, document) => sum + document.queries, 0))
  return { probabilities, queries, bytes: (probabilities[0] as Float64Array).length }
}

const started = performance.now()
const tune: Column[] = []
const test: Column[] = []
for (const domain of domains) {
  tune.push(await score(domain, 'tune', bytesPerDomain / 2))
  test.push(await score(domain, 'test', bytesPerDomain))
}
await running.close()

function merged(columns: readonly Column[]): Column {
  return {
    probabilities: models.map((_, m) =>
      concatenated(columns.map(({ probabilities }) => probabilities[m] as Float64Array)),
    ),
    queries: models.map((_, m) => columns.reduce((sum, { queries }) => sum + (queries[m] as number), 0)),
    bytes: columns.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

const { weights } = fitLinearWeights(merged(tune).probabilities)
const all = merged(test)
const rows: [string, readonly number[]][] = [
  ...models.map((name, m): [string, number[]] => [
    `\`${name}\` alone`,
    models.map((_, other) => (other === m ? 1 : 0)),
  ]),
  ['equal weights', models.map(() => 1 / models.length)],
  [`fitted weights (${weights.map((weight) => weight.toFixed(3)).join(' / ')})`, weights],
]
const table = [
  `| bits per byte, test split | ${domains.join(' | ')} | all four |`,
  `|---|${domains.map(() => '---:').join('|')}|---:|`,
  ...rows.map(
    ([name, own]) => `| ${name} | ${[...test, all].map((column) => bitsPerByte(column, own).toFixed(3)).join(' | ')} |`,
  ),
  `| bytes | ${[...test, all].map(({ bytes }) => bytes).join(' | ')} |`,
  ...models.map(
    (name, m) =>
      `| lists asked for per byte, \`${name}\` | ${[...test, all].map(({ queries, bytes }) => ((queries[m] as number) / bytes).toFixed(2)).join(' | ')} |`,
  ),
].join('\n')
const report = `${table}\n\n\`npm run models:evaluate -- --bytes ${bytesPerDomain} --tau ${tau} --write\` took ${Math.round((performance.now() - started) / 1000)} s (${describeMachine()}). Weights were fitted on ${merged(tune).bytes} bytes of the tune split; no document is in both.`
console.log(report)
if (values.write) writeSection('models/README.md', 'bits-per-byte', report)
