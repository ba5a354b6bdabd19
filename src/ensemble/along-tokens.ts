import { TuttiError } from '../errors.ts'
import type { Context, ContinueOptions, Member, MemberStep } from '../members/member.ts'

/** What scoring in pieces has saved: lists given, and the calls that brought them. */
export interface AlongLedger {
  given: number
  calls: number
}

/** Most list entries and most tokens of one call: bounds the bytes of an answer, whatever the vocabulary. */
const mostEntries = 1 << 22
const mostTokens = 128

/**
 * A member whose own way through a text is known beforehand: along it, lists come many to a call (`score`) and not one to a
 * call. Everything else is asked as ever, so no list is another one. It takes no bytes and no several contexts at a time.
 *
 * @param path the tokens, with those that begin the context; asked for once, when first needed.
 */
export function alongTokens(member: Member, path: () => Promise<Int32Array>, ledger: AlongLedger): Member {
  const score = member.score?.bind(member)
  if (score === undefined) return member
  let known: Promise<Int32Array> | null = null
  let piece: { readonly from: number; readonly topK: number; readonly steps: Promise<readonly MemberStep[]> } | null =
    null

  /** The list after the first `count` tokens of the path. */
  const listAfter = async (count: number, tokens: Int32Array, options: ContinueOptions): Promise<MemberStep> => {
    const { topK, signal } = options
    const size = Math.max(1, Math.min(mostTokens, Math.floor(mostEntries / topK)))
    if (piece === null || piece.topK !== topK || count < piece.from || count >= piece.from + size) {
      ledger.calls++
      const context = { tokens: tokens.subarray(0, count) }
      piece = { from: count, topK, steps: score(context, tokens.subarray(count, count + size), { topK, signal }) }
    }
    const { from, steps } = piece
    const step = (await steps)[count - from]
    if (step === undefined) throw new TuttiError('member_protocol', 'a score has fewer lists than tokens')
    ledger.given++
    return step
  }

  return {
    id: member.id,
    kind: member.kind,
    replica: member.replica,
    async *continue(context: Context, options: ContinueOptions) {
      known ??= path()
      const tokens = await known
      const start = 'tokens' in context && begins(tokens, context.tokens) ? context.tokens.length : tokens.length
      const end = Math.min(tokens.length, start + options.maxTokens)
      for (let count = start; count < end; count++) yield await listAfter(count, tokens, options)
      // Off the path, or at its end, where nothing is known beforehand.
      if (start === tokens.length) yield* member.continue(context, options)
    },
    ...(member.continueText && { continueText: member.continueText.bind(member) }),
    tokenize: (text, signal) => member.tokenize(text, signal),
    probe: (signal) => member.probe(signal),
    close: () => member.close(),
  }
}

/** Whether the path goes on from the context. */
function begins(path: Int32Array, context: Int32Array): boolean {
  return context.length < path.length && context.every((token, index) => token === path[index])
}
