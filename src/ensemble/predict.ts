import { entropy } from '../core/distribution/entropy.ts'
import type { Alphabet } from '../core/lattice/alphabet.ts'
import type { Conditional } from '../core/lattice/symbol-path.ts'
import { roomFor } from '../core/pool/bounded.ts'
import { diagnose } from './diagnose.ts'
import type { Diagnosis } from './diagnosis.ts'
import { ofPrompt } from './of-param.ts'
import { type PredictPlan, usualPromptParam } from './plan.ts'
import { promptFitted } from './prompt-fit.ts'
import { type RunOptions, Session } from './session.ts'
import type { Fusion } from './step.ts'
import { type SymbolProbability, topSymbols } from './top-symbols.ts'
import { begun } from './within-deadline.ts'
import { findWords, type WordProbability } from './words.ts'

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
export async function predict(asked: PredictPlan, options: RunOptions): Promise<Prediction> {
  const running = begun(options)
  let session: Session | null = null
  try {
    const plan = await promptFitted(asked, running)
    session = new Session(plan, running, { decoding: 'stepwise', sampling: greedy })
    return await run(session, plan)
  } catch (error) {
    throw ofPrompt(error, usualPromptParam)
  } finally {
    session?.close()
  }
}

async function run(session: Session, plan: PredictPlan): Promise<Prediction> {
  await session.open()
  await session.ready()
  const { alphabet } = session
  const step = await session.decided(roomFor(alphabet.size), greedy)
  session.tally.add(step, alphabet)
  const words = plan.words > 0 && plan.granularity === 'byte' ? await findWords(session, plan.words) : []
  session.answered('predict')
  return {
    symbols: topSymbols(step.fused, plan.top, alphabet).map((symbol) => ({
      ...symbol,
      members: memberShares(step, symbol, alphabet),
    })),
    words,
    entropy: entropy(step.fused.probabilities),
    certified: step.choice.certified,
    members: step.walks.map(({ id }, index) => {
      const conditional = step.conditionals[index] as Conditional
      // Of the one step that there is.
      return { id, entropy: session.tally.member(id).entropy, symbols: topSymbols(conditional, plan.top, alphabet) }
    }),
    usage: { promptTokens: session.promptTokens },
    diagnosis: plan.diagnostics === 'none' ? null : diagnose(session),
  }
}

function memberShares(
  fusion: Fusion,
  { symbol }: SymbolProbability,
  alphabet: Alphabet,
): { id: string; probability: number }[] {
  const x = symbol === 'end' ? alphabet.end : symbol
  return fusion.walks.map(({ id }, index) => ({
    id,
    probability: (fusion.conditionals[index] as Conditional).probabilities[x] as number,
  }))
}
