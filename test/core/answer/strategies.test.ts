import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Candidate, Judgement } from '../../../src/core/answer/candidate.ts'
import { majorityVote } from '../../../src/core/answer/majority-vote.ts'
import { minimumBayesRisk } from '../../../src/core/answer/minimum-bayes-risk.ts'
import { rerank } from '../../../src/core/answer/rerank.ts'
import { candidatesArbitrary, permutationOf } from './candidates.ts'

/** Stands for the members' probabilities: any function of member and text. */
function bitsOf(member: string, text: string): number {
  return ([...`${member}${text}`].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7) + 1) / 100
}

function reranked(candidates: readonly Candidate[], weightOf: (member: string) => number = () => 0.25): Judgement {
  const scorers = ['a', 'b', 'c'].map((member) => ({
    member,
    weight: weightOf(member),
    bitsPerByte: candidates.map(({ text }) => (text === '' ? null : bitsOf(member, text))),
  }))
  return rerank(candidates, scorers)
}

describe.each<[string, (candidates: readonly Candidate[]) => Judgement]>([
  ['majority', majorityVote],
  ['mbr exact', (candidates) => minimumBayesRisk(candidates, 'exact')],
  ['mbr chrF', (candidates) => minimumBayesRisk(candidates, 'chrf')],
  ['mbr token F1', (candidates) => minimumBayesRisk(candidates, 'token_f1')],
  ['rerank', (candidates) => reranked(candidates)],
])('%s', (name, judge) => {
  test('the order of candidates decides nothing', () => {
    const shuffled = candidatesArbitrary.chain((all) => permutationOf(all.length).map((order) => ({ all, order })))
    fc.assert(
      fc.property(shuffled, ({ all, order }) => {
        const one = judge(all)
        const other = judge(order.map((place) => all[place] as Candidate))
        expect(other.scores).toEqual(order.map((place) => one.scores[place]))
        expect(other.chosen === null ? null : all[order[other.chosen] as number]).toEqual(
          one.chosen === null ? null : all[one.chosen],
        )
      }),
    )
  })

  test('with all weight on one member the chosen answer is one of its own, and it is the one when it has one', () => {
    fc.assert(
      fc.property(candidatesArbitrary, fc.constantFrom('a', 'b', 'c'), (all, hot) => {
        const weighed = all.map((one) => ({ ...one, weight: one.author === hot ? 1 : 0 }))
        const own = weighed.filter(({ author, form }) => author === hot && form !== null)
        fc.pre(own.length > 0 && own.every(({ text }) => text !== ''))
        const { chosen, scores } = judge(weighed)
        expect(chosen === null ? null : weighed[chosen]?.author).toBe(hot)
        if (own.length === 1 && name !== 'rerank') expect(scores[chosen as number]).toBeCloseTo(1, 12)
        if (own.length === 1) expect(weighed[chosen as number]).toEqual(own[0])
      }),
    )
  })

  test('the chosen one has the highest score, and whoever says nothing or has no weight takes no part', () => {
    fc.assert(
      fc.property(candidatesArbitrary, (all) => {
        const { scores, chosen } = judge(all)
        const taking = scores.filter((score) => score !== null)
        if (chosen === null) expect(taking).toEqual([])
        else expect(scores[chosen]).toBeGreaterThanOrEqual(Math.max(...taking) - 1e-12)
        all.forEach(({ form }, index) => {
          if (form === null) expect(scores[index]).toBeNull()
        })
      }),
    )
  })
})

test('minimum Bayes risk with exact match is the majority vote, scores included', () => {
  fc.assert(
    fc.property(candidatesArbitrary, (all) => {
      const vote = majorityVote(all)
      const risk = minimumBayesRisk(all, 'exact')
      expect(risk.chosen).toBe(vote.chosen)
      risk.scores.forEach((score, index) => {
        if (score === null) expect(vote.scores[index]).toBeNull()
        else expect(score).toBeCloseTo(vote.scores[index] as number, 12)
      })
    }),
  )
})

const answer = (author: string, text: string, weight: number): Candidate => ({ author, text, form: text, weight })

describe('majority', () => {
  test('two light members that agree outvote a heavier one', () => {
    const { chosen, scores } = majorityVote([
      answer('a', 'Lyon', 0.4),
      answer('b', 'Paris', 0.3),
      answer('c', 'Paris', 0.3),
    ])
    expect(chosen).toBe(1)
    expect(scores).toEqual([0.4, 0.6, 0.6])
  })

  test('a tie goes to the heaviest answer, then to the first text', () => {
    expect(majorityVote([answer('a', 'x', 0.25), answer('b', 'x', 0.25), answer('c', 'y', 0.5)]).chosen).toBe(2)
    expect(majorityVote([answer('a', 'y', 0.5), answer('b', 'x', 0.5)]).chosen).toBe(1)
  })

  test('weights that differ by rounding alone are a tie', () => {
    const split = [answer('a', 'y', 0.1), answer('b', 'y', 0.2), answer('c', 'x', 0.3)]
    expect(majorityVote(split).chosen).toBe(2)
  })

  test('nobody is chosen when nobody says anything that can be compared', () => {
    expect(majorityVote([{ ...answer('a', 'x', 1), form: null }])).toEqual({ scores: [null], chosen: null })
  })
})

test('minimum Bayes risk by chrF takes the answer in the middle where no two agree', () => {
  const texts = ['the cat sat on the mat', 'the cat sat on a mat', 'a cat sat on a mat', 'dogs bark']
  const all = texts.map((text, index) => answer(`m${index}`, text, 0.25))
  expect(minimumBayesRisk(all, 'chrf').chosen).toBe(1)
})

describe('rerank', () => {
  const scorer = (member: string, weight: number, ...bitsPerByte: (number | null)[]) => ({
    member,
    weight,
    bitsPerByte,
  })

  test('no member has a say about its own answer', () => {
    const all = [answer('a', 'mine', 0.5), answer('b', 'yours', 0.5)]
    expect(rerank(all, [scorer('a', 0.5, 0.01, 3), scorer('b', 0.5, 2, 0.01)])).toEqual({ scores: [-2, -3], chosen: 0 })
  })

  test('scores are means by weight, and those who cannot score are left out', () => {
    const all = [answer('a', 'x', 0.2), answer('b', 'y', 0.2)]
    const { scores } = rerank(all, [scorer('b', 0.3, 1, null), scorer('c', 0.1, 5, 4)])
    expect(scores[0]).toBeCloseTo(-2, 12)
    expect(scores[1]).toBe(-4)
  })

  test('an answer that another member holds for impossible loses, and one that nobody scores takes no part', () => {
    const all = [answer('a', 'x', 0.5), answer('b', 'y', 0.5), answer('c', 'z', 0.5)]
    const { scores, chosen } = rerank(all, [
      scorer('b', 1, Number.POSITIVE_INFINITY, null, null),
      scorer('a', 1, null, 9, null),
    ])
    expect(scores).toEqual([Number.NEGATIVE_INFINITY, -9, null])
    expect(chosen).toBe(1)
  })
})
