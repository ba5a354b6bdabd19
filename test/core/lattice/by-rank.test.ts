import { expect, test } from 'vitest'
import { uniform } from '../../../src/core/decode/noise.ts'
import { byRank } from '../../../src/core/lattice/by-rank.ts'
import { defineVocabulary } from '../../../src/core/lattice/vocabulary.ts'

const texts = Array.from({ length: 120 }, (_, id) => `${'cab'[id % 3]}${id}`)
const vocabulary = defineVocabulary({
  bytes: ['', ...texts, ''].map((text) => new TextEncoder().encode(text)),
  end: [0],
  control: [121],
})

// Each length has its way: the shortest are sorted by insertion, the whole vocabulary has a place for each.
test.each([1, 2, 20, 47, 48, 49, 119, 120])('%d text tokens come by rank with their probabilities', (count) => {
  for (let trial = 0; trial < 20; trial++) {
    const shuffled = [...texts.keys()].map((index) => index + 1)
    shuffled.sort((a, b) => uniform(trial, 0, a) - uniform(trial, 0, b))
    const chosen = shuffled.slice(0, count)
    const ids = [...chosen, 0, 121].sort((a, b) => uniform(trial, 1, a) - uniform(trial, 1, b))
    const logProbs = ids.map((id) => -uniform(trial, 2, id))
    const list = {
      ids: Int32Array.from(ids),
      logProbs: Float64Array.from(logProbs),
      unlisted: 0,
      smallest: 0,
      vocabularySize: vocabulary.size,
    }
    const ranked = byRank(list, vocabulary, count)
    const expected = chosen
      .map((id) => [vocabulary.rankOf[id]!, Math.exp(-uniform(trial, 2, id))] as const)
      .sort(([a], [b]) => a - b)
    expect([...ranked.ranks]).toEqual(expected.map(([rank]) => rank))
    expect([...ranked.probabilities]).toEqual(expected.map(([, probability]) => probability))
  }
})
