import { expect, test } from 'vitest'
import { byteProbabilities } from '../bench/byte-probabilities.ts'
import { domains, heldOut } from '../bench/held-out.ts'
import { startShippedModels } from '../bench/shipped-models.ts'

const count = 200
const sentencesAtOnce = 12

/** The first sentences of held-out documents, of 30 to 90 bytes. */
function sentences(): string[] {
  const found = domains
    .slice(0, 2)
    .flatMap((domain) =>
      heldOut(domain, 'test', 200_000).flatMap(({ text }) =>
        text.split(/(?<=[.;:!?]) /).filter(({ length }) => length >= 30 && length <= 90),
      ),
    )
  return found.filter((_, index) => index % Math.floor(found.length / count) === 0).slice(0, count)
}

/** Bits per byte that the byte lattice of bpe2k-gpt gains over the model's own tokenization of each text alone. */
async function gainsOf(texts: readonly string[], tau: number): Promise<number[]> {
  const running = await startShippedModels(['bpe2k-gpt'])
  const gains: number[] = []
  const queue = [...texts]
  const lane = async () => {
    for (let text = queue.shift(); text !== undefined; text = queue.shift()) {
      const [source] = running.sources()
      const { logProbs } = await source!.alongOwnTokens(text)
      const ownBits = -logProbs.reduce((sum, logProb) => sum + logProb, 0) / Math.LN2
      const { probabilities } = await byteProbabilities(source!, text, tau)
      const bits = probabilities.reduce((sum, p) => sum - Math.log2(p), 0)
      gains.push((ownBits - bits) / probabilities.length)
    }
  }
  await Promise.all(Array.from({ length: sentencesAtOnce }, lane))
  await running.close()
  gains.sort((a, b) => a - b)
  const mean = gains.reduce((a, b) => a + b, 0) / gains.length
  const shown = [mean, gains[gains.length >> 1], gains[0], gains.at(-1)].map((gain) => gain?.toFixed(4))
  console.log(
    `${texts.length} sentences, τ = ${tau}: gain in bits per byte: mean ${shown[0]}, median ${shown[1]}, least ${shown[2]}, most ${shown[3]}`,
  )
  return gains
}

// Its own tokenization is one of those that the lattice sums over.
test('without pruning to speak of, no sentence is less likely over bytes than by its own tokenization alone', async () => {
  const short = sentences()
    .sort((a, b) => a.length - b.length)
    .slice(0, 12)
  const gains = await gainsOf(short, 1e-7)
  expect(gains[0]).toBeGreaterThan(-1e-6)
}, 300_000)

test(`with the default pruning, ${count} sentences are likelier on average, and few lose what was pruned`, async () => {
  const texts = sentences()
  expect(texts.length).toBe(count)
  const gains = await gainsOf(texts, 5e-3)
  expect(gains.reduce((a, b) => a + b, 0)).toBeGreaterThan(-0.02 * count)
  expect(gains.filter((gain) => gain < -0.05).length).toBeLessThan(count / 10)
}, 300_000)
