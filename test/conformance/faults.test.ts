import { describe, expect, test } from 'vitest'
import { failure } from '../members/support.ts'
import { type Faults, filtered, positive, withNaN } from '../wire/kit/faults.ts'
import { scripted } from '../wire/kit/twin-model.ts'
import { twinned } from './entries.ts'
import { met, smallModel, steps } from './support.ts'

const along = (text: string) => scripted(smallModel(), 1, [...Buffer.from(text)])
const context = [100]

describe.each(twinned)('$kind', (entry) => {
  const { logits, streams, lossy } = entry
  const model = along(lossy ? 'a the ehbc' : 'a the ébc')
  const listed = logits === undefined ? test : undefined
  const streamed = streams === undefined ? test : undefined

  /** The error of a stream and of a one-token call. */
  async function failures(faults: Faults, lengths: readonly number[] = [1, 8]) {
    const { member, twin } = await met(entry, model)
    twin.faults = faults
    return Promise.all(lengths.map((maxTokens) => failure(steps(member, context, maxTokens, 6))))
  }

  test.each([429, 503])('an overloaded server (%i) is unavailable for as long as it says', async (status) => {
    for (const error of await failures({ refuse: { status, retryAfter: '2' } })) {
      expect(error).toMatchObject({ code: 'member_unavailable', member: 'm', retryAfterMs: 2_000, retryable: true })
    }
  })

  test.each([
    ['malformed JSON', { malformed: true }, 'member_protocol'],
    ['JSON of another shape', { wrongShape: true }, 'member_protocol'],
    ['an empty list', { list: () => [] }, undefined],
    ['a connection that is reset under way', { resetAfter: 40 }, 'member_unreachable'],
    ['a refused call', { refuse: { status: 400 } }, 'member_rejected'],
    ['a failed server', { refuse: { status: 500 } }, 'member_rejected'],
  ] satisfies [string, Faults, string | undefined][])('%s is told by its code', async (_what, faults, code) => {
    for (const error of await failures(faults)) {
      expect(error).toMatchObject({ member: 'm', ...(code === undefined ? {} : { code }) })
      expect(error.code).not.toBe('internal')
    }
  })

  listed?.each([
    ['a log-probability above 0', { list: positive }, 'invalid_distribution'],
    ...(lossy ? [] : [['a filtered list', { list: filtered }, 'filtered_list'] as const]),
  ] satisfies (readonly [string, Faults, string])[])('%s is told by its code', async (_what, faults, code) => {
    for (const error of await failures(faults)) expect(error).toMatchObject({ code, member: 'm' })
  })

  streamed?.('an error inside a stream that began well is the server being unavailable', async () => {
    for (const errorAfter of [0, 2]) {
      const [error] = await failures({ errorAfter }, [8])
      expect(error).toMatchObject({ code: 'member_unavailable', member: 'm' })
      expect(error!.message).toContain('out of memory')
    }
  })

  streamed?.('a stream that ends without its finish has failed', async () => {
    for (const endAfter of [0, 2]) {
      const [error] = await failures({ endAfter }, [8])
      expect(error).toMatchObject({ code: 'member_protocol', member: 'm' })
    }
  })

  listed?.('an entry without a number is not listed, and its mass is hidden', async () => {
    const { member, twin } = await met(entry, model)
    const [whole] = await steps(member, context, 1, 6)
    twin.faults = { list: withNaN }
    const [list] = await steps(member, context, 1, 6)
    expect(list!.distribution.ids).toHaveLength(whole!.distribution.ids.length - 1)
    expect(list!.distribution.unlisted).toBeCloseTo(
      whole!.distribution.unlisted + Math.exp(whole!.distribution.logProbs[0]!),
    )
  })

  test('answers and events split at every byte are the same', async () => {
    const { member, twin } = await met(entry, model)
    const whole = [await steps(member, context, 1, 4), await steps(member, context, 8, 4)]
    twin.faults = { splitEveryByte: true }
    expect([await steps(member, context, 1, 4), await steps(member, context, 8, 4)]).toEqual(whole)
  })

  test('after a fault the member goes on as if nothing had been', async () => {
    const { member, twin } = await met(entry, model)
    for (const faults of [
      { resetAfter: 40 },
      ...(streams === undefined ? [{ endAfter: 1 }] : []),
      { malformed: true },
    ]) {
      twin.faults = faults
      await failure(steps(member, context, 8, 6))
      twin.faults = {}
      expect(await steps(member, context, 8, 6)).toHaveLength(8)
    }
  })
})
