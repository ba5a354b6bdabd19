import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chooseSymbol, type Sampling } from '../../src/core/decode/choose.ts'
import { beginningOf } from '../../src/core/lattice/beginning.ts'
import { ByteLattice } from '../../src/core/lattice/byte-lattice.ts'
import { completeList } from '../../src/core/lattice/completed-list.ts'
import { contextTokens, type LatticeContext } from '../../src/core/lattice/context.ts'
import type { Walk } from '../../src/core/lattice/symbol-path.ts'
import { endSymbol } from '../../src/core/lattice/symbols.ts'
import { GrowingText } from '../../src/core/lattice/text.ts'
import type { ByteStep, BytesRequest, Member, Probe } from '../../src/members/member.ts'
import { defineOnnxMember } from '../../src/members/onnx/define-onnx-member.ts'
import { type RunningWorker, startWorker } from '../../src/worker/start-worker.ts'
import { signal } from '../members/support.ts'
import { generator, modelDir, shippedDir } from './support.ts'

interface Case {
  readonly topK: number
  readonly tau: number
  readonly unlisted: 'spread' | 'renormalise'
  readonly sampling: Sampling
}

/** A step without what belongs to the request's cache. */
function bare(step: ByteStep): ByteStep {
  const { probabilities, low, high, ...numbers } = step.conditional
  return {
    ...step,
    conditional: { probabilities: probabilities.slice(), low: low.slice(), high: high.slice(), ...numbers },
  }
}

/** What a gateway finds that moves the lattice itself, list by list over HTTP. */
async function stepwise(member: Member, probe: Probe, request: BytesRequest, topK: number): Promise<ByteStep[]> {
  const vocabulary = probe.vocabulary!
  const lattice = new ByteLattice(vocabulary, { tau: request.tau, beginning: beginningOf(vocabulary) })
  const used = new Set<LatticeContext>()
  let fetched = 0

  async function fetchList(context: LatticeContext): Promise<void> {
    for await (const step of member.continue({ tokens: contextTokens(context) }, { maxTokens: 1, topK, signal })) {
      context.list = completeList(step.distribution, vocabulary, request.unlisted)
      fetched++
    }
  }

  async function run(walk: Walk): Promise<void> {
    let answer: Int32Array | undefined
    for (let next = walk.next(); next.done !== true; next = walk.next(answer)) {
      if (next.value.kind === 'lists') await Promise.all(next.value.contexts.map(fetchList))
      else answer = await member.tokenize(Buffer.from(next.value.text).toString(), signal)
    }
  }

  async function ready(): Promise<void> {
    await run(lattice.ready())
    for (const context of lattice.contexts()) used.add(context)
  }

  await run(lattice.open(request.prompt, request.after))
  for (const byte of request.forced) {
    await ready()
    await run(lattice.accept(byte))
  }
  const steps: ByteStep[] = []
  for (let i = 0; i < request.maxSymbols; i++) {
    await ready()
    const conditional = lattice.conditional()
    const symbol = chooseSymbol(conditional.probabilities, { ...request.walk, step: request.walk.step + i })
    const contexts = { fetched, used: used.size }
    const counters = { ...lattice.counters }
    steps.push(bare({ conditional, sinceBorder: lattice.sinceBorder(), counters, contexts, symbol }))
    if (symbol === endSymbol) break
    await run(lattice.accept(symbol))
  }
  return steps
}

async function streamed(member: Member, request: BytesRequest, topK: number): Promise<ByteStep[]> {
  const steps: ByteStep[] = []
  for await (const step of member.bytes!(request, { topK, signal })) steps.push(step)
  return steps
}

function wholeCharacters(bytes: Uint8Array): Uint8Array {
  const text = new GrowingText()
  text.append(bytes)
  return text.wholeCharacters()
}

const greedy = { seed: 0, step: 0, temperature: 0, topP: 1, minP: 0 }
const sampled = (seed: number) => ({ seed, step: 5, temperature: 1, topP: 1, minP: 0 })
const cases: readonly Case[] = [
  { topK: 1e6, tau: 5e-3, unlisted: 'spread', sampling: greedy },
  { topK: 1e6, tau: 5e-3, unlisted: 'spread', sampling: sampled(1) },
  { topK: 1e6, tau: 0.2, unlisted: 'spread', sampling: sampled(2) },
  { topK: 20, tau: 5e-3, unlisted: 'spread', sampling: sampled(3) },
  { topK: 20, tau: 0.05, unlisted: 'renormalise', sampling: { ...sampled(4), temperature: 1.5, topP: 0.9 } },
]

const models = [
  { name: 'tiny-gpt', dir: modelDir('tiny-gpt'), symbols: 40 },
  { name: 'tiny-gru', dir: modelDir('tiny-gru'), symbols: 40 },
  { name: 'bpe2k-gpt', dir: shippedDir('bpe2k-gpt'), symbols: 60 },
]

describe.each(models)('$name', ({ dir, symbols }) => {
  let workers: RunningWorker[]
  let members: Member[]
  let probe: Probe
  beforeAll(async () => {
    const common = { modelDir: dir, deterministic: true }
    workers = [
      await startWorker(common),
      await startWorker(common),
      // Hardly anything is remembered: neither places nor states.
      await startWorker({ ...common, latticePlaces: 2, latticeBytes: 1000, stateBytes: 0 }),
    ]
    members = workers.map(({ url }, i) => defineOnnxMember({ id: `m${i}`, url }))
    probe = await members[0]!.probe(signal)
  })
  afterAll(async () => {
    for (const { close } of [...members, ...workers]) await close()
  })

  test.each(cases)('bytes are those of a lattice moved step by step over HTTP: %o', async (options) => {
    const { sampling: walk, topK, tau, unlisted } = options
    const [stepping, warm, forgetful] = members as [Member, Member, Member]
    const limited = Math.min(topK, probe.capabilities.maxTopK)
    for (const prompt of ['the people of the st', 'é']) {
      const start = { prompt: Buffer.from(prompt), tau, unlisted }
      const request = { ...start, forced: new Uint8Array(0), walk, maxSymbols: symbols }
      const expected = await stepwise(stepping, probe, request, limited)
      expect(await streamed(warm, request, topK)).toEqual(expected)
      expect(await streamed(warm, request, topK)).toEqual(expected)
      expect(await streamed(forgetful, request, topK)).toEqual(expected)
      // Reopened on the path, off the path by a byte, and far behind it.
      const path = Uint8Array.from(expected.slice(0, 20), ({ symbol }) => symbol).filter((symbol) => symbol < 256)
      const off = Buffer.concat([wholeCharacters(path.subarray(0, 7)), Buffer.from('z, it')])
      for (const forced of [path.subarray(0, 9), off, Buffer.concat([off, Buffer.from(' is so')])]) {
        const again = { ...start, forced, walk: { ...walk, step: walk.step + forced.length }, maxSymbols: 8 }
        const truth = await stepwise(stepping, probe, again, limited)
        expect(await streamed(warm, again, topK)).toEqual(truth)
        expect(await streamed(forgetful, again, topK)).toEqual(truth)
      }
    }
  })

  test('a prompt behind given tokens is that of a lattice so opened', async () => {
    const given = await members[0]!.tokenize('He said: "', signal)
    // Not as the tokenizer would cut it, which a text in their place would be.
    const after = Int32Array.from([...given, ...given.subarray(-2)])
    for (const prompt of ['', 'the people']) {
      const start = { prompt: Buffer.from(prompt), after, tau: 5e-3, unlisted: 'spread' } as const
      const request = { ...start, forced: new Uint8Array(0), walk: sampled(6), maxSymbols: 20 }
      const expected = await stepwise(members[0]!, probe, request, probe.capabilities.maxTopK)
      for (const member of members) expect(await streamed(member, request, 1e6)).toEqual(expected)
      expect(await streamed(members[1]!, { ...request, after: given }, 1e6)).not.toEqual(expected)
    }
  })

  test('steps after forced bytes of the path are those of the path', async () => {
    const request = { prompt: Buffer.from('a man'), tau: 5e-3, unlisted: 'spread', walk: sampled(9) } as const
    const whole = await streamed(members[1]!, { ...request, forced: new Uint8Array(0), maxSymbols: 24 }, 1e6)
    const path = Uint8Array.from(whole, ({ symbol }) => symbol)
    const random = generator(4)
    for (let i = 0; i < 6; i++) {
      const cut = Math.floor(random() * (whole.length - 1))
      const walk = { ...request.walk, step: request.walk.step + cut }
      const rest = { ...request, forced: path.subarray(0, cut), walk, maxSymbols: 24 - cut }
      for (const member of members) expect(await streamed(member, rest, 1e6)).toEqual(whole.slice(cut))
    }
  })
})
