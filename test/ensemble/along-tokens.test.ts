import { expect, test } from 'vitest'
import { alongTokens } from '../../src/ensemble/along-tokens.ts'
import { scorePrompt } from '../../src/ensemble/echo.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import type { Context, Member, MemberStep, ScoreOptions } from '../../src/members/member.ts'
import { defineToy, listOfToy } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const bytes = ['', 'a', 'b', ' ', 'ab', 'ba', ' a', 'aba'].map((text) => new TextEncoder().encode(text))
const toy = defineToy(bytes, { ends: 1, controls: 0, seed: 5, sharpness: 4 })

/** A toy whose server reports lists along given tokens. */
class ScoringToy extends ToyMember {
  scores = 0

  async score(context: Context, continuation: Int32Array, { topK }: ScoreOptions): Promise<readonly MemberStep[]> {
    this.scores++
    const given = [...(context as { tokens: Int32Array }).tokens]
    return Array.from(continuation, (token, index) => ({
      distribution: listOfToy(toy, [...given, ...continuation.subarray(0, index)], topK),
      token,
    }))
  }
}

const signal = new AbortController().signal

async function listsOf(member: Member, tokens: number[], maxTokens: number): Promise<MemberStep[]> {
  const steps: MemberStep[] = []
  const options = { maxTokens, topK: 9, signal }
  for await (const step of member.continue({ tokens: Int32Array.from(tokens) }, options)) steps.push(step)
  return steps
}

test('along the known tokens lists come from one call, and are those of calls one by one', async () => {
  const path = Array.from({ length: 100 }, (_, index) => 1 + (index % 7))
  const member = new ScoringToy('m', toy)
  const ledger = { given: 0, calls: 0 }
  const along = alongTokens(member, async () => Int32Array.from(path), ledger)
  for (const length of [1, 2, 50, 99]) {
    const [step] = await listsOf(along, path.slice(0, length), 1)
    expect(step!.distribution).toEqual(listOfToy(toy, path.slice(0, length), 9))
    expect(step!.token).toBe(path[length])
  }
  expect(ledger).toEqual({ given: 4, calls: 1 })
  expect([member.scores, member.calls]).toEqual([1, 0])
  // A stream goes the way of the text, not the member's own.
  expect((await listsOf(along, path.slice(0, 3), 5)).map(({ token }) => token)).toEqual(path.slice(3, 8))
})

test('off the known tokens, and at their end, the member itself is asked', async () => {
  const member = new ScoringToy('m', toy)
  const ledger = { given: 0, calls: 0 }
  const along = alongTokens(member, async () => Int32Array.of(1, 2, 3), ledger)
  for (const tokens of [
    [1, 3],
    [1, 2, 3],
    [1, 2, 3, 4],
  ]) {
    const [step] = await listsOf(along, tokens, 1)
    expect(step!.distribution).toEqual(listOfToy(toy, tokens, 9))
  }
  expect([ledger.given, member.scores, member.calls]).toEqual([0, 0, 3])
})

test('a prompt has the same scores with and without', async () => {
  const scores = async (member: ToyMember) => {
    const directory = await directoryOf([member, new ToyMember('other', toy)])
    const request = { model: 'toys', prompt: 'ab ba ab', maxTokens: 0, stop: [], alternatives: 3 } as const
    return scorePrompt(planCompletion(directory, { ...request, diagnostics: 'summary' }, 1), runOptions())
  }
  const [plain, scoring] = [new ToyMember('m', toy), new ScoringToy('m', toy)]
  const [one, other] = [await scores(plain), await scores(scoring)]
  expect(other.segments).toEqual(one.segments)
  const callsOf = ({ diagnosis }: typeof one) => diagnosis!.members.find(({ id }) => id === 'm')!.calls
  expect(callsOf(other)).toBeLessThan(callsOf(one))
  expect(callsOf(other)).toBeGreaterThan(0)
})
