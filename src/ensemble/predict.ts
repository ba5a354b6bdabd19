import { entropy } from '../core/distribution/entropy.ts'
import type { ByteConditional } from '../core/lattice/conditional.ts'
import { endSymbol } from '../core/lattice/symbols.ts'
import { diagnose } from './diagnose.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { PredictPlan } from './plan.ts'
import { type RunOptions, Session } from './session.ts'
import { decide, type Fusion, fuse } from './step.ts'
import { findWords, type WordProbability } from './words.ts'

export interface SymbolProbability {
  /** A byte 0–255, or "end". */
  readonly symbol: number | 'end'
  /** The character, for a printable ASCII byte; else null. */
  readonly text: string | null
  readonly probability: number
  /** Bounds on what the probability is, whatever the lists hide. */
  readonly low: number
  readonly high: number
}

export interface Prediction {
  /** The fused distribution, likeliest first, with each member's probability of the same symbol. */
  readonly symbols: readonly (SymbolProbability & {
    readonly members: readonly { readonly id: string; readonly probability: number }[]
  })[]
  /** Likely next words, likeliest first. */
  readonly words: readonly WordProbability[]
  /** Bits. */
  readonly entropy: number
  /** The likeliest symbol is so whatever the lists hide. */
  readonly certified: boolean
  /** Each member's own distribution, likeliest first. */
  readonly members: readonly {
    readonly id: string
    readonly entropy: number
    readonly symbols: readonly SymbolProbability[]
  }[]
  readonly usage: { readonly promptTokens: number }
  readonly diagnosis: Diagnosis | null
}

const greedy = { temperature: 0, topP: 1, minP: 0, seed: 0, step: 0 }

/**
 * The distribution of the symbol after a prompt, fused and every member's. In the diagnosis the likeliest symbol
 * stands for the choice.
 *
 * @throws TuttiError as `generate` does.
 */
export async function predict(plan: PredictPlan, options: RunOptions): Promise<Prediction> {
  const session = new Session(plan, options)
  await session.open()
  await session.ready()
  const fusion = fuse(session.roster.present, plan.ensemble.pool)
  const step = decide(fusion, greedy)
  session.tally.add(step)
  const words = plan.words > 0 ? await findWords(session, plan.words) : []
  session.answered('predict')
  return {
    symbols: topSymbols(fusion.fused, plan.top).map((symbol) => ({ ...symbol, members: memberShares(fusion, symbol) })),
    words,
    entropy: entropy(fusion.fused.probabilities),
    certified: step.choice.certified,
    members: fusion.walks.map(({ id }, index) => {
      const conditional = fusion.conditionals[index] as ByteConditional
      return { id, entropy: entropy(conditional.probabilities), symbols: topSymbols(conditional, plan.top) }
    }),
    usage: { promptTokens: session.lead().ledger.promptTokens ?? 0 },
    diagnosis: plan.diagnostics === 'none' ? null : diagnose(session),
  }
}

/** The likeliest symbols; equals in byte order. Impossible ones are left out. */
function topSymbols(
  distribution: Pick<ByteConditional, 'probabilities' | 'low' | 'high'>,
  top: number,
): SymbolProbability[] {
  const { probabilities, low, high } = distribution
  return [...probabilities.keys()]
    .filter((x) => (probabilities[x] as number) > 0)
    .sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number) || a - b)
    .slice(0, top)
    .map((x) => ({
      symbol: x === endSymbol ? 'end' : x,
      text: x >= 0x20 && x < 0x7f ? String.fromCharCode(x) : null,
      probability: probabilities[x] as number,
      low: low[x] as number,
      high: high[x] as number,
    }))
}

function memberShares(fusion: Fusion, { symbol }: SymbolProbability): { id: string; probability: number }[] {
  const x = symbol === 'end' ? endSymbol : symbol
  return fusion.walks.map(({ id }, index) => ({
    id,
    probability: (fusion.conditionals[index] as ByteConditional).probabilities[x] as number,
  }))
}
