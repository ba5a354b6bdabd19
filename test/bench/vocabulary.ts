/**
 * A vocabulary of 256,000 tokens: how long it takes to build, what it holds, and what a list and a distribution take on it.
 * Its tokens are all bytes and the commonest strings in the held-out texts.
 *
 *   npm run bench:vocabulary -- --write
 */
import { parseArgs } from 'node:util'
import { uniform } from '../../src/core/decode/noise.ts'
import { fromListedTokens, type TokenDistribution } from '../../src/core/distribution/token-distribution.ts'
import { ByteLattice } from '../../src/core/lattice/byte-lattice.ts'
import { completeList } from '../../src/core/lattice/completed-list.ts'
import { defineVocabulary, type Vocabulary } from '../../src/core/lattice/vocabulary.ts'
import { domains, heldOut } from './held-out.ts'
import { describeMachine } from './machine.ts'
import { processorTime } from './processor-time.ts'
import { writeSection } from './write-section.ts'

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
const size = 256_000
const rounds = 15
const repeats = 20
const longest = 12

/** The end, all bytes, then strings of the texts, the commonest first. */
function tokens(): Uint8Array[] {
  const counts = new Map<string, number>()
  for (const domain of domains) {
    for (const { text } of heldOut(domain, 'test', Number.POSITIVE_INFINITY)) {
      const latin1 = Buffer.from(text).toString('latin1')
      for (let from = 0; from < latin1.length; from++) {
        for (let length = 2; length <= longest; length++) {
          const piece = latin1.slice(from, from + length)
          counts.set(piece, (counts.get(piece) ?? 0) + 1)
        }
      }
    }
  }
  const common = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([piece]) => piece)
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
  return [new Uint8Array(0), ...bytes, ...common.map((piece) => new Uint8Array(Buffer.from(piece, 'latin1')))].slice(
    0,
    size,
  )
}

/** Median of some rounds of `repeats` each, in milliseconds of processor time. */
function milliseconds(activity: () => unknown, repeats = 1): number {
  const times = Array.from({ length: rounds }, () => {
    const spent = processorTime(() => {
      for (let repeat = 0; repeat < repeats; repeat++) activity()
    })
    return spent / 1000 / repeats
  })
  return times.sort((a, b) => a - b)[rounds >> 1]!
}

/** The `k` likeliest tokens of a made-up distribution in which early tokens are likelier. */
function list(k: number): TokenDistribution {
  const weights = Float64Array.from({ length: size }, (_, id) => (1 + 9 * uniform(1, 0, id)) / (id + 10))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const ids = Int32Array.from(weights.keys())
    .sort((a, b) => weights[b]! - weights[a]!)
    .slice(0, k)
  return fromListedTokens({
    ids,
    logProbs: Array.from(ids, (id) => Math.log(weights[id]! / sum)),
    vocabularySize: size,
    topK: k,
  })
}

/** Milliseconds to lay out a list, and to sum up the distribution of the first byte from it. */
function stepOn(vocabulary: Vocabulary, distribution: TokenDistribution): [layOut: number, sumUp: number] {
  const lattice = new ByteLattice(vocabulary, { tau: 5e-3 })
  const walks = [lattice.open(new Uint8Array(0)), lattice.ready()]
  for (const walk of walks) {
    for (let next = walk.next(); next.done !== true; ) {
      if (next.value.kind === 'lists')
        for (const context of next.value.contexts) context.list = completeList(distribution, vocabulary)
      next = walk.next(next.value.kind === 'tokens' ? new Int32Array(0) : undefined)
    }
  }
  const sum = lattice.conditional().probabilities.reduce((total, p) => total + p, 0)
  if (Math.abs(sum - 1) > 1e-9) throw new Error(`the distribution sums to ${sum}`)
  return [
    milliseconds(() => completeList(distribution, vocabulary), repeats),
    milliseconds(() => {
      lattice.refresh()
      lattice.conditional()
    }, repeats),
  ]
}

const source = { bytes: tokens(), end: [0], control: [] }
if (source.bytes.length !== size) throw new Error(`the texts hold only ${source.bytes.length} tokens`)
const vocabulary = defineVocabulary(source)
const build = milliseconds(() => defineVocabulary(source))
const { trie, idAt, rankOf } = vocabulary
const held = [...Object.values(trie), idAt, rankOf].reduce((total, { byteLength }) => total + byteLength, 0)
const steps = [20, 1000, size].map((k) => [k, ...stepOn(vocabulary, list(k))] as const)
const report = [
  `Building a vocabulary of ${size} tokens (${trie.depth.length} trie nodes, ${(held / 2 ** 20).toFixed(1)} MiB of arrays) takes ${build.toFixed(0)} ms.`,
  '\n| list | to lay it out, ms | distribution of the first byte, ms |',
  '|---|---:|---:|',
  ...steps.map(
    ([k, layOut, sumUp]) => `| ${k === size ? 'all' : `top-${k}`} | ${layOut.toFixed(3)} | ${sumUp.toFixed(3)} |`,
  ),
  `\n\`npm run bench:vocabulary -- --write\`: medians of ${rounds} (${describeMachine()}).`,
].join('\n')
console.log(report)
if (values.write) writeSection('docs/benchmarks.md', 'vocabulary', report)
