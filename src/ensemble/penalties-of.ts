import type { PenaltyOptions } from '../core/decode/penalties.ts'
import { type Granularity, tokenAlphabet } from '../core/lattice/alphabet.ts'
import type { Vocabulary } from '../core/lattice/vocabulary.ts'
import { TuttiError } from '../errors.ts'
import type { Probe } from '../members/member.ts'
import { vocabularyOf } from './ask-list.ts'

/** What of a plan decides whether there can be penalties. */
interface Planned {
  readonly ensemble: { readonly name: string }
  readonly granularity: Granularity
  /** At least one; by token they share a vocabulary. */
  readonly present: readonly { readonly probe: Probe }[]
}

/**
 * The penalties of a request, with its bias by token id as one by symbol.
 *
 * @throws TuttiError `unsupported_parameter` at byte granularity; `unknown_token`, `unsupported_parameter`, `invalid_request` for a
 *   bias that can't be.
 */
export function penaltiesOf({ ensemble, granularity, present }: Planned, asked: PenaltyOptions): PenaltyOptions {
  const { bias, frequency } = asked
  const [first] = present
  if (granularity === 'token' && first !== undefined) return { ...asked, bias: biasOf(bias, vocabularyOf(first.probe)) }
  const param = bias.size > 0 ? 'logit_bias' : frequency === 0 ? 'presence_penalty' : 'frequency_penalty'
  throw new TuttiError(
    'unsupported_parameter',
    `ensemble "${ensemble.name}" is fused byte by byte, where frequency_penalty, presence_penalty and logit_bias would ` +
      'act on letters; they need members of one vocabulary',
    { param },
  )
}

const param = 'logit_bias'

/** All ends are one symbol, so that the bias of one of them is that of the end. */
function biasOf(bias: PenaltyOptions['bias'], vocabulary: Vocabulary): PenaltyOptions['bias'] {
  const { size, end, control } = vocabulary
  const { end: endSymbol } = tokenAlphabet(vocabulary)
  const bySymbol = new Map<number, number>()
  for (const [id, value] of bias) {
    if (id >= size) {
      throw new TuttiError('unknown_token', `token ${id} is outside the vocabulary of ${size} tokens`, { param })
    }
    // Whatever makes it less likely is done already.
    if (control.has(id) && value > 0) {
      const message = `\`${param}\`: token ${id} is a control token, which is never written, however likely`
      throw new TuttiError('unsupported_parameter', message, { param })
    }
    const symbol = end.has(id) ? endSymbol : id
    const before = bySymbol.get(symbol) ?? value
    if (before !== value) {
      const message = `\`${param}\`: tokens that end the text are one symbol, which can't have both ${before} and ${value}`
      throw new TuttiError('invalid_request', message, { param })
    }
    bySymbol.set(symbol, value)
  }
  return bySymbol
}
