import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { type LatticeContext, rootContext } from '../../../src/core/lattice/context.ts'
import { Ledger } from '../../../src/ensemble/lockstep/ledger.ts'
import { MemberCalls } from '../../../src/ensemble/lockstep/member-calls.ts'
import { MemberStream } from '../../../src/ensemble/lockstep/member-stream.ts'
import { planCompletion } from '../../../src/ensemble/plan.ts'
import { randomToy } from '../../laws/random-toy.ts'
import { directoryOf, runOptions, ToyMember } from '../toy-member.ts'

async function startStream(maxTokens: number) {
  const toy = { ...randomToy(1), probabilities: () => likelyLast }
  // The last token is no end: the stream goes on to its length.
  const likelyLast = randomToy(1).vocabulary.bytes.map((_, id, all) =>
    id === all.length - 1 ? 0.9 : 0.1 / (all.length - 1),
  )
  const member = new ToyMember('m', toy)
  const request = { model: 'toys', prompt: 'a', maxTokens: 1, stop: [], diagnostics: 'none' as const }
  const [planned] = planCompletion(await directoryOf([member]), request, 1).present
  const options = runOptions()
  const calls = new MemberCalls(planned!, new Ledger(options.clock), { ...options, unlisted: 'spread' })
  const start = rootContext(Int32Array.of(toy.vocabulary.size - 1))
  const contexts: LatticeContext[] = []
  const events = { listed: (context: LatticeContext) => void contexts.push(context), ended: () => {} }
  const open = (signal: AbortSignal) => calls.stream(start, { maxTokens, signal, call: null })
  const stream = new MemberStream(calls, start, { call: null, open }, events)
  onTestFinished(() => stream.abort())
  return { stream, contexts, start }
}

test('a stream that the path does not follow is read for 16 lists, and on as the path comes after it', async () => {
  const { stream, contexts } = await startStream(100)
  await expect.poll(() => stream.served).toBe(16)
  await sleep(20)
  expect(stream.served).toBe(16)
  stream.follow(contexts[9]!)
  await expect.poll(() => stream.served).toBe(26)
})

test('the list that somebody waits for is read, however far the path is behind', async () => {
  const { stream } = await startStream(100)
  await expect.poll(() => stream.served).toBe(16)
  stream.want([stream.head!])
  await expect.poll(() => stream.served).toBe(17)
  await sleep(20)
  expect(stream.served).toBe(17)
})
