import type { Plan } from './plan.ts'
import { cutByLead } from './text-cut.ts'

interface GivenText extends Plan {
  /** UTF-8. */
  readonly text: Uint8Array
  /** Cut the text at the token borders of the lead member. */
  readonly cut: boolean
}

/** A given text in the symbols of a plan's granularity. */
export interface TextSymbols {
  readonly symbols: Int32Array
  /** Symbols of each of the lead member's tokens, with their bytes; null where they were not asked for. */
  readonly segments: readonly { readonly bytes: Uint8Array; readonly symbols: number }[] | null
}

export async function symbolsOf(plan: GivenText, signal: AbortSignal): Promise<TextSymbols> {
  if (plan.granularity === 'token') return tokenSymbols(plan, signal)
  const symbols = Int32Array.from(plan.text)
  if (!plan.cut) return { symbols, segments: null }
  const whole = Buffer.concat([plan.prompt.text, plan.text])
  const { pieces } = await cutByLead(plan, whole, 'segments', signal)
  const segments = behind(
    pieces.map(({ bytes }) => bytes),
    plan.prompt.text.length,
  )
  return { symbols, segments: segments.map((bytes) => ({ bytes, symbols: bytes.length })) }
}

/** The pieces behind so many bytes; of one that holds the border, what is behind it. */
function behind(pieces: readonly Uint8Array[], border: number): Uint8Array[] {
  let at = 0
  return pieces.flatMap((piece) => {
    const start = Math.max(0, border - at)
    at += piece.length
    return start < piece.length ? [piece.subarray(start)] : []
  })
}

/**
 * The text's tokens as they stand in the tokenization of prompt and text together; where the prompt ends inside a token of
 * that, the tokens of the text alone.
 */
async function tokenSymbols(plan: GivenText, signal: AbortSignal): Promise<TextSymbols> {
  const cut = (text: Uint8Array) => cutByLead(plan, text, 'model', signal)
  const front = plan.prompt.text
  const [before, whole] =
    front.length === 0
      ? [new Int32Array(0), await cut(plan.text)]
      : [(await cut(front)).tokens, await cut(Buffer.concat([front, plan.text]))]
  const together = before.every((token, index) => token === whole.tokens[index])
  const skipped = together ? before.length : 0
  const { tokens, pieces } = together ? whole : await cut(plan.text)
  const exact = pieces.length === tokens.length
  const segments = exact
    ? pieces.slice(skipped).map(({ bytes }) => ({ bytes, symbols: 1 }))
    : [{ bytes: plan.text, symbols: tokens.length - skipped }]
  return { symbols: tokens.subarray(skipped), segments }
}
