import { choosesAnswers, type TextPlan } from '../../ensemble/answer/plan-text.ts'
import type { Plan } from '../../ensemble/plan.ts'

/** Bytes that a token has at the least on average in common texts and vocabularies; a text's tokens are not known before it is asked. */
const bytesPerToken = 3

/** Bytes of the texts that a plan's prompt holds. */
export function promptBytes({ prompt }: Pick<Plan, 'prompt'>): number {
  if (prompt.kind !== 'chat') return prompt.text.length
  return prompt.messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), prompt.text.length)
}

/** What reading the prompt costs: members × tokens. */
export function readingCost(plan: Pick<Plan, 'prompt' | 'present'>): number {
  return plan.present.length * promptTokens(plan)
}

/** What reading texts of so many bytes costs. */
export function textCost(bytes: number, members: number): number {
  return members * Math.ceil(bytes / bytesPerToken)
}

/** The most that a text can cost, each choice of it with the prompt: members × tokens × choices. */
export function completionCost(plan: TextPlan, choices: number): number {
  const members = choosesAnswers(plan) ? plan.authors.map(({ planned }) => planned) : plan.present
  const room = Math.min(...members.map(({ probe }) => probe.capabilities.contextLength))
  const tokens = promptTokens(plan)
  const output = Math.max(1, Math.min(plan.maxTokens, room - tokens))
  return readings(plan) * choices * (tokens + output)
}

/** How often prompt and output are gone over: once by each member; each of several answers also by its judges. */
function readings(plan: TextPlan): number {
  if (!choosesAnswers(plan)) return plan.present.length
  const judges = plan.scorers.filter(({ unable }) => unable === null).length
  return plan.authors.length * plan.strategy.samples * (1 + judges)
}

function promptTokens(plan: Pick<Plan, 'prompt'>): number {
  const { prompt } = plan
  if (prompt.kind === 'tokens') return prompt.tokens.length
  return Math.ceil(promptBytes(plan) / bytesPerToken)
}
