import type { TokenDistribution } from '../../src/core/distribution/token-distribution.ts'
import { ByteLattice } from '../../src/core/lattice/byte-lattice.ts'
import { completeList } from '../../src/core/lattice/completed-list.ts'
import { contextTokens } from '../../src/core/lattice/context.ts'
import type { Walk } from '../../src/core/lattice/symbol-path.ts'
import type { Member, Probe } from '../../src/members/member.ts'

export interface Scored {
  /** The member's probability of each byte of the text, given the bytes before. */
  readonly probabilities: Float64Array
  /** Lists the lattice has asked for. */
  readonly queries: number
  readonly prunedMass: number
}

const encoder = new TextEncoder()
const never = new AbortController().signal

/**
 * Goes through a text with a member's byte model. The lists along the text's own tokenization come from one scoring call,
 * those of all other contexts one by one.
 */
export async function byteProbabilities(member: Member, probe: Probe, text: string, tau: number): Promise<Scored> {
  const topK = probe.capabilities.maxTopK
  const bytes = encoder.encode(text)
  const held = await listsAlong(member, text, topK)
  const lattice = new ByteLattice(probe.vocabulary, { tau })
  let queries = 0
  const run = async (walk: Walk) => {
    let answer: Int32Array | undefined
    for (let next = walk.next(); next.done !== true; next = walk.next(answer)) {
      const need = next.value
      if (need.kind === 'tokens') {
        answer = await member.tokenize(new TextDecoder().decode(need.text), never)
        continue
      }
      answer = undefined
      await Promise.all(
        need.contexts.map(async (context) => {
          const tokens = contextTokens(context)
          queries++
          const list = held.get(tokens.join()) ?? (await listAfter(member, tokens, topK))
          context.list = completeList(list, probe.vocabulary)
        }),
      )
    }
  }
  const probabilities = new Float64Array(bytes.length)
  await run(lattice.open(new Uint8Array(0)))
  for (let at = 0; at < bytes.length; at++) {
    await run(lattice.ready())
    probabilities[at] = lattice.conditional().probabilities[bytes[at] as number] as number
    await run(lattice.accept(bytes[at] as number))
  }
  return { probabilities, queries, prunedMass: lattice.counters.prunedMass }
}

async function listsAlong(member: Member, text: string, topK: number): Promise<Map<string, TokenDistribution>> {
  const tokens = await member.tokenize(text, never)
  const steps = await member.score?.({ tokens: tokens.slice(0, 1) }, tokens.slice(1), { topK, signal: never })
  return new Map(steps?.map((step, index) => [tokens.slice(0, index + 1).join(), step.distribution]))
}

async function listAfter(member: Member, tokens: Int32Array, topK: number): Promise<TokenDistribution> {
  let last: TokenDistribution | null = null
  for await (const { distribution } of member.continue({ tokens }, { maxTokens: 1, topK, signal: never })) {
    last = distribution
  }
  if (last === null) throw new Error(`${member.id} answered without a distribution`)
  return last
}
