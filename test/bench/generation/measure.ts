import type { Diagnosis } from '../../../src/ensemble/diagnosis.ts'
import type { Directory } from '../../../src/ensemble/directory.ts'
import { generate } from '../../../src/ensemble/generate.ts'
import { silentObserver } from '../../../src/ensemble/observer.ts'
import { planCompletion } from '../../../src/ensemble/plan.ts'
import type { Member } from '../../../src/members/member.ts'

const clock = () => performance.now()
const options = () => ({ signal: new AbortController().signal, observer: silentObserver, clock })
const encoder = new TextEncoder()

/** What one way of writing did with one prompt. */
export interface Run {
  readonly ms: number
  readonly bytes: number
  readonly text: string
  readonly diagnosis: Diagnosis | null
}

export interface Way {
  readonly maxTokens: number
  readonly temperature: number
  readonly seed: number
}

/** Time from the first to the last of the text, so that the prompt is not counted. */
export async function fused(directory: Directory, prompt: string, way: Way): Promise<Run> {
  const { maxTokens, temperature, seed } = way
  const request = { model: 'e', prompt, maxTokens, temperature, stop: [], diagnostics: 'summary' as const }
  let began = 0
  let text = ''
  let first = 0
  let last = 0
  for await (const event of generate(planCompletion(directory, request, seed), options())) {
    if (event.kind === 'finish') {
      return { ms: last - began, bytes: encoder.encode(text).length - first, text, diagnosis: event.diagnosis }
    }
    last = clock()
    text += event.text
    if (began > 0) continue
    began = last
    first = encoder.encode(text).length
  }
  throw new Error('no finish')
}

/** A member's own stream: bytes a millisecond. */
export async function alone(member: Member, prompt: string, maxTokens: number): Promise<number> {
  const { signal } = new AbortController()
  const { vocabulary } = await member.probe(signal)
  const tokens = await member.tokenize(prompt, signal)
  let bytes = 0
  let began = 0
  let last = 0
  for await (const { token } of member.continue({ tokens }, { maxTokens: maxTokens * 2, topK: 1e6, signal })) {
    last = clock()
    if (began === 0) began = last
    else bytes += vocabulary?.bytes[token]?.length ?? 0
  }
  return bytes / (last - began)
}

export const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

/** Median (least–most). */
export const span = (numbers: readonly number[], digits: number): string =>
  `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)}–${Math.max(...numbers).toFixed(digits)})`
