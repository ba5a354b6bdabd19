import { ByteLattice } from '../../src/core/lattice/byte-lattice.ts'
import { completeList } from '../../src/core/lattice/completed-list.ts'
import { contextTokens } from '../../src/core/lattice/context.ts'
import type { Walk } from '../../src/core/lattice/symbol-path.ts'
import { type ListSource, shortened } from './list-source.ts'

export interface Scored {
  /** The member's probability of each byte of the text, given the bytes before. */
  readonly probabilities: Float64Array
  /** Lists the lattice has asked for. */
  readonly queries: number
  readonly prunedMass: number
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Runs a lattice's walk on lists from a source, cut to the `topK` likeliest; returns how many it took. */
export async function driveFrom(walk: Walk, source: ListSource, topK: number): Promise<number> {
  let queries = 0
  let answer: Int32Array | undefined
  for (let next = walk.next(); next.done !== true; next = walk.next(answer)) {
    const need = next.value
    if (need.kind === 'tokens') {
      answer = await source.tokenize(decoder.decode(need.text))
      continue
    }
    answer = undefined
    queries += need.contexts.length
    await Promise.all(
      need.contexts.map(async (context) => {
        const list = await source.after(contextTokens(context))
        context.list = completeList(shortened(list, topK), source.probe.vocabulary!)
      }),
    )
  }
  return queries
}

/** Goes through a text with a member's byte model. */
export async function byteProbabilities(source: ListSource, text: string, tau: number): Promise<Scored> {
  const bytes = encoder.encode(text)
  const whole = source.probe.vocabulary!.size
  await source.alongOwnTokens(text)
  const lattice = new ByteLattice(source.probe.vocabulary!, { tau })
  const probabilities = new Float64Array(bytes.length)
  let queries = await driveFrom(lattice.open(new Uint8Array(0)), source, whole)
  for (let at = 0; at < bytes.length; at++) {
    queries += await driveFrom(lattice.ready(), source, whole)
    probabilities[at] = lattice.conditional().probabilities[bytes[at] as number] as number
    queries += await driveFrom(lattice.accept(bytes[at] as number), source, whole)
  }
  return { probabilities, queries, prunedMass: lattice.counters.prunedMass }
}
