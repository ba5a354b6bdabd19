import type { Granularity } from '../core/lattice/alphabet.ts'
import { ByteLattice } from '../core/lattice/byte-lattice.ts'
import type { SymbolPath } from '../core/lattice/symbol-path.ts'
import { TextPath } from '../core/lattice/text-path.ts'
import { TokenPath } from '../core/lattice/token-path.ts'
import type { Probe } from '../members/member.ts'
import { vocabularyOf } from './ask-list.ts'

/** The path by which a member goes through a text: over tokens, over bytes, or over bytes without knowing any tokens. */
export function startPath(
  probe: Probe,
  options: { readonly granularity: Granularity; readonly tau: number },
): SymbolPath {
  if (options.granularity === 'token') return new TokenPath(vocabularyOf(probe))
  if (probe.vocabulary === null) return new TextPath(options)
  return new ByteLattice(probe.vocabulary, options)
}
