import { z } from 'zod'
import type { Candidate } from '../../ensemble/generation-event.ts'

/** What both shapes of log-probabilities are made from: a segment of output or prompt. */
export interface LogprobEntry {
  readonly bytes: Uint8Array
  /** Null for the first segment of a prompt. */
  readonly logProb: number | null
  readonly candidates: readonly Candidate[]
}

/** JSON has no infinity; other servers write this for a probability of 0. */
const impossible = -9999

/** Completions' shape: four lists that run in parallel. */
export const completionLogprobs = z.object({
  tokens: z.array(z.string()).describe('The segments; one that cuts a character is `bytes:` and its bytes.'),
  token_logprobs: z.array(z.number().nullable()).describe('Null for the first segment of an echoed prompt.'),
  top_logprobs: z
    .array(z.record(z.string(), z.number()).nullable())
    .describe('The segment and its likeliest alternatives.'),
  text_offset: z.array(z.int()).describe("In characters (code points) from the beginning of the choice's text."),
})

export type CompletionLogprobs = z.infer<typeof completionLogprobs>

const chatToken = { token: z.string(), logprob: z.number(), bytes: z.array(z.int()) }

/** Chat's shape. */
export const chatLogprobs = z.object({
  content: z.array(z.object({ ...chatToken, top_logprobs: z.array(z.object(chatToken)) })),
  refusal: z.null(),
})

export type ChatLogprobs = z.infer<typeof chatLogprobs>

/** @param offset characters of the choice's text before the first entry. */
export function toCompletionLogprobs(entries: readonly LogprobEntry[], offset: number): CompletionLogprobs {
  let begun = offset
  return {
    tokens: entries.map(({ bytes }) => tokenText(bytes)),
    token_logprobs: entries.map(({ logProb }) => (logProb === null ? null : toNumber(logProb))),
    top_logprobs: entries.map(({ candidates, logProb }) =>
      logProb === null
        ? null
        : Object.fromEntries(candidates.map((one) => [tokenText(one.bytes), toNumber(one.logProb)])),
    ),
    text_offset: entries.map(({ bytes }) => {
      // A segment that begins inside a character stands at that character.
      const start = isContinuation(bytes[0]) ? Math.max(0, begun - 1) : begun
      begun += characters(bytes)
      return start
    }),
  }
}

/** @param top how many alternatives were asked for. */
export function toChatLogprobs(entries: readonly LogprobEntry[], top: number): ChatLogprobs {
  return {
    content: entries.map(({ bytes, logProb, candidates }) => ({
      ...toToken({ bytes, logProb: logProb ?? 0 }),
      top_logprobs: top === 0 ? [] : candidates.map(toToken),
    })),
    refusal: null,
  }
}

/** How many characters begin in the bytes. */
export function characters(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => (isContinuation(byte) ? count : count + 1), 0)
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}

function toToken({ bytes, logProb }: Candidate) {
  return { token: tokenText(bytes), logprob: toNumber(logProb), bytes: [...bytes] }
}

function toNumber(logProb: number): number {
  return Number.isFinite(logProb) ? logProb : impossible
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a segment; OpenAI's way of writing bytes that are no text. */
function tokenText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return `bytes:${[...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`
  }
}
