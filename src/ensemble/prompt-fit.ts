import { promptFitWeights } from '../core/learn/prompt-fit-weights.ts'
import { renormalised } from '../core/pool/weights.ts'
import { follow } from './follow.ts'
import { symbolsOf } from './given-symbols.ts'
import type { Plan } from './plan.ts'
import type { Prompt } from './prompt.ts'
import { type RunOptions, Session } from './session.ts'
import { type Begun, withinDeadline } from './within-deadline.ts'

const greedy = { temperature: 0, topP: 1, minP: 0, seed: 0, step: 0 }
const beginning: Prompt = { kind: 'beginning', text: new Uint8Array(0), front: new Int32Array(0) }

/**
 * The plan with its members' weights fitted to the prompt, where the ensemble says so: each member goes along the prompt from its
 * beginning and has the weight w_0·exp(−bits per byte/τ). A member that fails on the way has none.
 *
 * @throws TuttiError as `followText`.
 */
export async function promptFitted<P extends Plan>(plan: P, options: Begun<RunOptions>): Promise<P> {
  const { ensemble, present } = plan
  const text = promptText(plan.prompt)
  if (ensemble.adaptive.kind !== 'prompt_fit' || present.length < 2 || text.length === 0) return plan
  const bits = await promptBits(plan, text, options)
  const fit = promptFitWeights(bits, ensemble.adaptive.temperature)
  const weights = present.map(({ seat }, index) => seat.weight * (fit[index] as number))
  // Without any weight left the prompt has ruled everybody out, and says nothing about who is better.
  if (weights.every((weight) => weight === 0)) return plan
  const shares = renormalised(weights)
  return {
    ...plan,
    present: present.map((planned, index) => ({
      ...planned,
      seat: { ...planned.seat, weight: shares[index] as number },
    })),
  }
}

/** Each present member's bits per byte of the prompt; null for one that was lost. */
async function promptBits(plan: Plan, text: Uint8Array, options: Begun<RunOptions>): Promise<(number | null)[]> {
  const given = { ...plan, prompt: beginning, text, cut: false }
  const { symbols } = await withinDeadline(plan.ensemble, options, (signal) => symbolsOf(given, signal))
  const session = new Session(given, options, { decoding: 'stepwise', sampling: greedy, given: symbols })
  try {
    await session.open()
    await follow(session, symbols, () => {})
    return plan.present.map(({ seat }) => {
      if (session.roster.lostBy(seat.member.id) !== null) return null
      const { bits, bytes } = session.tally.member(seat.member.id)
      return bits / bytes
    })
  } finally {
    session.close()
  }
}

const encoder = new TextEncoder()

/** What a prompt says; of a talk, what is said in it. */
function promptText(prompt: Prompt): Uint8Array {
  if (prompt.kind !== 'chat') return prompt.text
  const said = prompt.messages.map(({ content }) => content).join('\n')
  return new Uint8Array(Buffer.concat([encoder.encode(said), prompt.text]))
}
