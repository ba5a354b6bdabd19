import type { Context, MemberStep, Probe, ScoreOptions } from '../../../src/members/member.ts'
import { listOfToy } from '../../core/lattice/toy.ts'
import { ToyMember } from '../toy-member.ts'

/** A toy whose server also tells its lists along given tokens. */
export class ScoringMember extends ToyMember {
  scored = 0

  async score(context: Context, continuation: Int32Array, { topK, signal }: ScoreOptions): Promise<MemberStep[]> {
    await this.called(signal)
    this.scored++
    const before = 'tokens' in context ? [...context.tokens] : []
    return Array.from(continuation, (token, index) => ({
      distribution: listOfToy(this.toy, [...before, ...continuation.subarray(0, index)], topK),
      token,
    }))
  }

  override async probe(): Promise<Probe> {
    const probe = await super.probe()
    return { ...probe, capabilities: { ...probe.capabilities, scoring: 'listed' } }
  }
}
