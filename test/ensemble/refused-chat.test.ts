import { expect, test } from 'vitest'
import { generate } from '../../src/ensemble/generate.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import { TuttiError } from '../../src/errors.ts'
import type { ChatMessage, Context } from '../../src/members/member.ts'
import { fromStatus } from '../../src/members/shared/failures.ts'
import { defineToy } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const bytes = ['', 'a', 'b', 'ab', '.'].map((text) => new TextEncoder().encode(text))

/** A member with a template, whose server may refuse to fill it. */
class Talker extends ToyMember {
  readonly refusal: TuttiError | null

  constructor(id: string, refusal: TuttiError | null = null) {
    super(id, defineToy(bytes, { ends: 1, controls: 0, seed: 7, sharpness: 2 }))
    this.refusal = refusal
  }

  async chat(messages: readonly ChatMessage[]): Promise<Context> {
    if (this.refusal !== null) throw this.refusal
    return { tokens: Int32Array.from(messages, () => 1) }
  }
}

async function answered(refusal: TuttiError) {
  const directory = await directoryOf([new Talker('m0'), new Talker('m1', refusal)])
  const prompt = { messages: [{ role: 'user', content: 'ab' }], prefill: '' }
  const request = { model: 'toys', prompt, maxTokens: 3, stop: [], diagnostics: 'summary' as const }
  for await (const event of generate(planCompletion(directory, request, 1), runOptions())) {
    if (event.kind === 'finish') return event.diagnosis!
  }
  throw new Error('no finish')
}

const refused = (status: number) => fromStatus('m1', status, { message: 'no', code: null, retryAfterMs: null })

test.each([500, 404, 401, 403])(
  'a server that refuses messages by %i is lost, and the others answer',
  async (status) => {
    const { degraded, members } = await answered(refused(status))
    expect(degraded).toBe(true)
    expect(members.map((member) => member.status)).toEqual(['ok', 'error'])
    expect(members[1]!.error).toMatchObject({ code: 'member_rejected' })
  },
)

test.each([400, 422])('messages that a server refuses by %i are the fault of the request', async (status) => {
  await expect(answered(refused(status))).rejects.toMatchObject({
    code: 'unsupported_parameter',
    param: 'messages',
    member: 'm1',
  })
})

test('so are messages that an adapter refuses by itself', async () => {
  const own = new TuttiError('member_rejected', 'its template changes the beginning', { member: 'm1' })
  await expect(answered(own)).rejects.toMatchObject({ code: 'unsupported_parameter' })
})
