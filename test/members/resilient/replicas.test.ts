import { describe, expect, onTestFinished, test } from 'vitest'
import { TuttiError } from '../../../src/errors.ts'
import { defineLlamacppMember } from '../../../src/members/llamacpp/define-llamacpp-member.ts'
import type { Member } from '../../../src/members/member.ts'
import { replicated } from '../../../src/members/resilient/replicas.ts'
import { startFaultyProxy } from '../../chaos/faulty-proxy.ts'
import { signal, smallModel, steps } from '../../conformance/support.ts'
import { startTwin, type Twin } from '../../wire/kit/twin.ts'
import { scripted } from '../../wire/kit/twin-model.ts'
import { llamacpp } from '../../wire/llamacpp.ts'
import { failure } from '../support.ts'

const model = smallModel()

async function started(models = [model, model]): Promise<{ member: Member; twins: Twin[] }> {
  const twins = await Promise.all(models.map((one) => startTwin(llamacpp, one)))
  const defined = twins.map(({ url }) =>
    defineLlamacppMember({ id: 'm', url, model: null, apiKey: null, tokenizer: null }),
  )
  const member = replicated(defined as [Member, ...Member[]])
  onTestFinished(async () => {
    await member.close()
    await Promise.all(twins.map((twin) => twin.close()))
  })
  return { member, twins }
}

const completions = ({ calls }: Twin) => calls.filter(({ route }) => route === 'POST /completion').length

describe('a member of two replicas', () => {
  test('calls the least busy one, and one after the other the first, whose cache is warm', async () => {
    const { member, twins } = await started()
    await member.probe(signal)
    const before = twins.map(completions)
    const since = () => twins.map((twin, i) => completions(twin) - before[i]!)
    for (let i = 0; i < 3; i++) await steps(member, [100], 1)
    expect(since()).toEqual([3, 0])
    for (const twin of twins) twin.latency = { firstTokenMs: 30 }
    await Promise.all(Array.from({ length: 6 }, (_, i) => steps(member, [100 + i], 1)))
    expect(since()).toEqual([6, 3])
  })

  test('goes on with the one that is left, and comes back after a probe', async () => {
    const { member, twins } = await started()
    await member.probe(signal)
    twins[0]!.faults = { resetAfter: 0 }
    expect(await steps(member, [100], 1)).toHaveLength(1)
    const seen = completions(twins[0]!)
    expect(await steps(member, [101], 1)).toHaveLength(1)
    expect(completions(twins[0]!)).toBe(seen)
    twins[0]!.faults = {}
    await member.probe(signal)
    await steps(member, [102], 1)
    expect(completions(twins[0]!)).toBe(seen + 1)
  })

  test('passes a call on that one refuses for now, fails when all do, and never passes on a fault of the call', async () => {
    const { member, twins } = await started()
    await member.probe(signal)
    twins[0]!.faults = { refuse: { status: 503 } }
    expect(await steps(member, [100], 1)).toHaveLength(1)
    twins[1]!.faults = { refuse: { status: 503, retryAfter: '1' } }
    expect(await failure(steps(member, [100], 1))).toMatchObject({ code: 'member_unavailable' })
    for (const twin of twins) twin.faults = { refuse: { status: 400 } }
    const before = completions(twins[1]!)
    expect(await failure(steps(member, [100], 1))).toMatchObject({ code: 'member_rejected' })
    expect(completions(twins[1]!)).toBe(before)
  })

  test('does not begin anew elsewhere what has begun to answer', async () => {
    const script = scripted(model, 1, [97, 98, 99, 97, 98, 99])
    const { member, twins } = await started([script, script])
    await member.probe(signal)
    twins[0]!.faults = { errorAfter: 2 }
    const taken: number[] = []
    const read = async () => {
      const options = { maxTokens: 6, topK: 3, signal }
      for await (const { token } of member.continue({ tokens: Int32Array.of(100) }, options)) taken.push(token)
    }
    expect(await failure(read())).toMatchObject({ code: 'member_unavailable' })
    expect(taken).toHaveLength(2)
  })

  test('is refused when they serve different models, and is up while one is', async () => {
    const { member } = await started([model, { ...model, name: 'other' }])
    expect((await failure(member.probe(signal))).message).toContain('toy, other')
    const { member: half, twins } = await started()
    await twins[0]!.close()
    expect((await half.probe(signal)).model).toBe('toy')
    await twins[1]!.close()
    expect(await failure(half.probe(signal))).toMatchObject({ code: 'member_unreachable' })
  })

  test('tells of a replica that does not answer a probe, and of none where the prober has left', async () => {
    const { twins } = await started()
    const proxy = await startFaultyProxy(twins[1]!.url)
    const changes: object[] = []
    const defined = [twins[0]!.url, proxy.url].map((url) =>
      defineLlamacppMember({ id: 'm', url, model: null, apiKey: null, tokenizer: null }),
    )
    const member = replicated(defined as [Member, ...Member[]], { onReplica: (change) => changes.push(change) })
    onTestFinished(async () => {
      await member.close()
      await proxy.close()
    })
    await member.probe(signal)
    const hung = Promise.withResolvers<void>()
    proxy.strike = async ({ over }) => {
      hung.resolve()
      await new Promise((resolve) => over.addEventListener('abort', resolve))
      return true
    }
    const leaving = new AbortController()
    const left = member.probe(leaving.signal)
    await hung.promise
    leaving.abort()
    await left.catch(() => {})
    expect(changes).toEqual([])
    const late = new AbortController()
    const tooLate = new TuttiError('member_timeout', 'no answer to a probe within 200 ms', { member: 'm' })
    setTimeout(() => late.abort(tooLate), 200)
    expect((await member.probe(late.signal)).model).toBe('toy')
    expect(changes).toEqual([{ url: proxy.url, down: tooLate.message }])
  })
})
