import { expect, test } from 'vitest'
import type { Member } from '../../../src/members/member.ts'
import { carrying } from '../../../src/members/resilient/carrying.ts'
import { replicated } from '../../../src/members/resilient/replicas.ts'
import { traceparent } from '../../../src/members/shared/traceparent.ts'
import { defineToyOf } from '../../core/lattice/toy.ts'
import { ToyMember } from '../../ensemble/toy-member.ts'
import { smallVocabulary } from '../../wire/kit/twin-model.ts'

/** What calls of its server would carry. */
class Telling extends ToyMember {
  readonly carried: (string | undefined)[] = []

  override async called(signal: AbortSignal): Promise<void> {
    this.carried.push(traceparent())
    await super.called(signal)
  }
}

const { signal } = new AbortController()

test('every call of a member carries its trace, whoever reads on, and no other trace’s', async () => {
  const toy = defineToyOf(smallVocabulary(), 1)
  const tellings = ['a', 'b'].map(() => new Telling('m', toy, { delay: () => 1 })) as [Telling, Telling]
  const member: Member = replicated(tellings)
  const read = async (one: Member) => {
    const steps = one.continue({ tokens: Int32Array.of(97) }, { maxTokens: 5, topK: 5, signal })[Symbol.asyncIterator]()
    // Each step is asked for by somebody else.
    for (let made = 0; made < 5; made++) await new Promise((resolve) => setImmediate(() => resolve(steps.next())))
    await one.tokenize('a', signal)
  }
  await Promise.all([read(carrying(member, 'one')), read(carrying(member, 'two')), read(member)])
  const carried = tellings.flatMap((telling) => telling.carried)
  for (const trace of ['one', 'two', undefined]) expect(carried.filter((own) => own === trace)).toHaveLength(6)
  expect(traceparent()).toBeUndefined()
})
