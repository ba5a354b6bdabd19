import { chooseSymbol, type Sampling } from '../decode/choose.ts'
import { massOfRanks } from './completed-list.ts'
import { conditionalOf } from './conditional.ts'
import { listOf } from './context.ts'
import type { Hypothesis } from './frontier.ts'
import { Masses } from './masses.ts'
import { endSymbol, symbolCount } from './symbols.ts'
import { childOf, hasLonger } from './trie.ts'
import { type Utf8State, utf8Next } from './utf8.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Longest stretch that is foreseen, in bytes. */
const longest = 32

/**
 * The bytes that one tokenization of the text goes on with up to its next border, by its list alone: chosen as the lattice
 * chooses, so that they are what comes wherever this tokenization has most of the mass.
 *
 * @param sampling how bytes are chosen; `step` is that of the first.
 */
export function foreseenText(
  { context, node }: Hypothesis,
  { vocabulary, utf8 }: { readonly vocabulary: Vocabulary; readonly utf8: Utf8State },
  sampling: Sampling,
): Uint8Array {
  const { trie } = vocabulary
  const list = listOf(context)
  const masses = new Masses(symbolCount)
  const bytes: number[] = []
  let place = { at: node, utf8 }
  while (bytes.length < longest) {
    const alone = [{ context, node: place.at, weight: 1 }]
    const { probabilities, mass } = conditionalOf(alone, { vocabulary, utf8: place.utf8, remainder: 0 }, masses)
    if (!(mass > 0)) break
    const byte = chooseSymbol(probabilities, { ...sampling, step: sampling.step + bytes.length })
    const child = byte === endSymbol ? -1 : childOf(trie, place.at, byte)
    if (child < 0) break
    bytes.push(byte)
    place = { at: child, utf8: utf8Next(place.utf8, byte) }
    const low = trie.low[child] as number
    const border = massOfRanks(list, low, low + (trie.exact[child] as number))
    if (!hasLonger(trie, child) || border >= massOfRanks(list, low, trie.high[child] as number) / 2) break
  }
  return Uint8Array.from(bytes)
}
