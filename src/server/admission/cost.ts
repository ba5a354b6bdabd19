import type { CompletionPlan, Plan } from '../../ensemble/plan.ts'

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

/** The most that a completion can cost, each choice of it with the prompt: members × tokens × choices. */
export function completionCost(plan: CompletionPlan, choices: number): number {
  const room = Math.min(...plan.present.map(({ probe }) => probe.capabilities.contextLength))
  const tokens = promptTokens(plan)
  const output = Math.max(1, Math.min(plan.maxTokens, room - tokens))
  return plan.present.length * choices * (tokens + output)
}

function promptTokens(plan: Pick<Plan, 'prompt'>): number {
  const { prompt } = plan
  if (prompt.kind === 'tokens') return prompt.tokens.length
  return Math.ceil(promptBytes(plan) / bytesPerToken)
}
