import { expect, test } from 'vitest'
import { ownTokenGains, sentenceCount, sentences } from '../bench/own-token-gains.ts'

// Its own tokenization is one of those that the lattice sums over.
test(`with next to no pruning, none of ${sentenceCount} sentences is less likely over bytes than by its own tokenization alone`, async () => {
  const texts = sentences()
  expect(texts.length).toBe(sentenceCount)
  const { each, mean } = await ownTokenGains(texts, 1e-6)
  console.log(`gain in bits per byte: mean ${mean.toFixed(4)}, least ${each[0]}, most ${each.at(-1)}`)
  expect(each[0]).toBeGreaterThan(-1e-6)
  expect(mean).toBeGreaterThan(0)
}, 300_000)

test(`with the default pruning, ${sentenceCount} sentences lose next to nothing on average, and few of them what was pruned`, async () => {
  const { each, mean } = await ownTokenGains(sentences(), 5e-3)
  expect(mean).toBeGreaterThan(-0.01)
  expect(each.filter((gain) => gain < -0.05).length).toBeLessThan(sentenceCount / 10)
}, 300_000)
