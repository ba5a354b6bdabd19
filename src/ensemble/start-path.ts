import type { Granularity } from '../core/lattice/alphabet.ts'
import { beginningOf } from '../core/lattice/beginning.ts'
import { ByteLattice } from '../core/lattice/byte-lattice.ts'
import type { SymbolPath } from '../core/lattice/symbol-path.ts'
import { TextPath } from '../core/lattice/text-path.ts'
import { TokenPath } from '../core/lattice/token-path.ts'
import type { Probe } from '../members/member.ts'
import { vocabularyOf } from './ask-list.ts'

const nothing = new Int32Array(0)

/** The path by which a member goes through a text: over tokens, over bytes, or over bytes without knowing any tokens. */
export function startPath(
  probe: Probe,
  { granularity, tau }: { readonly granularity: Granularity; readonly tau: number },
): SymbolPath {
  const { vocabulary, capabilities } = probe
  if (granularity === 'token') return new TokenPath(vocabularyOf(probe))
  if (vocabulary === null) return new TextPath({ tau })
  // A token without text can't be sent to a server that takes only text.
  return new ByteLattice(vocabulary, { tau, beginning: capabilities.tokenContexts ? beginningOf(vocabulary) : nothing })
}
