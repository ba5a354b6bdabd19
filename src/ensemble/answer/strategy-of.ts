import { TuttiError } from '../../errors.ts'
import { lacks } from '../ability.ts'
import { type Directory, findEnsemble } from '../directory.ts'
import type { Ensemble } from '../ensemble.ts'
import type { CompletionRequest } from '../plan.ts'
import type { Strategy } from './strategy.ts'

/**
 * How the model of a request makes one text of several. A member alone writes its own text, whatever its ensemble does, unless the
 * request asks for more.
 *
 * @throws TuttiError `unsupported_parameter` for options of whole answers where there are none.
 */
export function strategyOf(directory: Directory, { model, strategy: asked = {} }: CompletionRequest): Strategy {
  const { ensemble, whole } = findEnsemble(directory, model)
  const alone = ensemble !== whole
  const kind = asked.kind ?? (alone ? ownKind(directory, ensemble) : ensemble.strategy.kind)
  const { samples = alone && asked.kind === undefined ? 1 : ensemble.strategy.samples } = asked
  const { canonicalise = ensemble.strategy.canonicalise, utility = ensemble.strategy.utility } = asked
  const idle = (['samples', 'canonicalise', 'utility'] as const).find(
    (name) => asked[name] !== undefined && (kind === 'fuse' || (name === 'utility' && kind !== 'mbr')),
  )
  if (idle === undefined) return { kind, samples, canonicalise, utility }
  throw new TuttiError(
    'unsupported_parameter',
    `\`ensemble.${idle}\` means nothing with strategy ${kind}; set \`ensemble.strategy\` to ` +
      (idle === 'utility' ? 'mbr' : 'majority, mbr or rerank'),
    { param: `ensemble.${idle}` },
  )
}

/** A member's own text is what it would choose symbol by symbol, where it has distributions to choose from. */
function ownKind(directory: Directory, { seats }: Ensemble): 'fuse' | 'majority' {
  const [seat] = seats
  const probe = seat === undefined ? null : directory.state(seat.member.id).probe()
  if (seat === undefined || probe === null || seat.member.answer === undefined) return 'fuse'
  return lacks('byte', seat.member, probe) === null ? 'fuse' : 'majority'
}
