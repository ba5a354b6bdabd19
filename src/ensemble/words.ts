import type { Conditional } from '../core/lattice/symbol-path.ts'
import { endSymbol, symbolCount } from '../core/lattice/symbols.ts'
import type { MemberWalk } from './member-walk.ts'
import type { Session } from './session.ts'
import { fuse } from './step.ts'

export interface WordProbability {
  /** The word with the blank before it, if there is one; printable text. */
  readonly text: string
  /** Fused probability that the text goes on with exactly this word. */
  readonly probability: number
  readonly members: readonly { readonly id: string; readonly probability: number }[]
}

/** A path of bytes after the prompt: still open, or known to be a whole word. */
interface Path {
  readonly bytes: readonly number[]
  readonly probability: number
  /** By member id. */
  readonly members: ReadonlyMap<string, number>
  /** Members at the place before the last byte; null for a whole word. */
  readonly walks: readonly MemberWalk[] | null
}

/** Paths tried in all, and more for each word asked for; bounds the calls that flat distributions would cause. */
const pathsAtLeast = 60
const pathsPerWord = 20
/** Paths extended in one wave: members batch what comes together. */
const pathsAtOnce = 6
/** Paths less likely than this are not worth a call. */
const leastProbability = 1e-4

/**
 * The likeliest next words, by best-first search over the fused bytes: no path can become likelier than it is, so a whole
 * word that is likelier than every open path is the next in order. A word ends where something that is no part of a
 * word follows.
 */
export async function findWords(session: Session, count: number): Promise<WordProbability[]> {
  const start = session.roster.present
  let paths: Path[] = [{ bytes: [], probability: 1, members: new Map(start.map(({ id }) => [id, 1])), walks: start }]
  const words: WordProbability[] = []
  for (let budget = pathsAtLeast + count * pathsPerWord; budget > 0 && paths.length > 0 && words.length < count; ) {
    paths.sort((a, b) => b.probability - a.probability)
    const [best, ...rest] = paths as [Path, ...Path[]]
    if (best.walks === null) {
      words.push(toWord(best))
      paths = rest
      continue
    }
    const chosen = paths.filter(({ walks }) => walks !== null).slice(0, Math.min(pathsAtOnce, budget))
    budget -= chosen.length
    const longer = await Promise.all(chosen.map((path) => extend(session, path, path.walks ?? start)))
    // Paths from different sets of members can't be compared: those who are left search again.
    if (session.roster.present.length < start.length) return findWords(session, count)
    paths = [...paths.filter((path) => !chosen.includes(path)), ...longer.flat()]
  }
  return words
}

/** Goes over the path's last byte and returns its continuations: longer paths, and the path itself as a whole word. */
async function extend(session: Session, path: Path, before: readonly MemberWalk[]): Promise<Path[]> {
  const last = path.bytes.at(-1)
  const walks = last === undefined ? before : await session.forked(before, last)
  // No member has room for a word as long as this.
  if (walks === null) return []
  const { fused, conditionals } = fuse(walks, session.plan.ensemble)
  const longer: Path[] = []
  let ended = 0
  const endedBy = walks.map(() => 0)
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    const probability = fused.probabilities[symbol] as number
    if (continuesWord(path.bytes, symbol)) {
      if (path.probability * probability < leastProbability) continue
      const members = walks.map(({ id }, index) => [id, memberMass(path, id, conditionals[index], symbol)] as const)
      longer.push({
        bytes: [...path.bytes, symbol],
        probability: path.probability * probability,
        members: new Map(members),
        walks,
      })
    } else {
      ended += probability
      walks.forEach(({ id }, index) => {
        endedBy[index] = (endedBy[index] as number) + memberMass(path, id, conditionals[index], symbol)
      })
    }
  }
  if (!isWord(path.bytes) || !(ended > 0)) return longer
  const members = new Map(walks.map(({ id }, index) => [id, endedBy[index] as number]))
  return [...longer, { bytes: path.bytes, probability: path.probability * ended, members, walks: null }]
}

function memberMass(path: Path, id: string, conditional: Conditional | undefined, symbol: number): number {
  return (path.members.get(id) ?? 0) * ((conditional?.probabilities[symbol] as number | undefined) ?? 0)
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a
}

/** Letters, digits, apostrophe, hyphen, and every byte of a character beyond ASCII. */
function isWordByte(symbol: number): boolean {
  return /[\w'-]/.test(String.fromCharCode(symbol)) || (symbol >= 0x80 && symbol !== endSymbol)
}

function isWord(bytes: readonly number[]): boolean {
  return bytes.length > 0 && !isBlank(bytes.at(-1))
}

/** One blank may open a word; a mark of punctuation is a word by itself. */
function continuesWord(bytes: readonly number[], symbol: number): boolean {
  if (symbol === endSymbol) return false
  if (bytes.length === 0) return true
  if (bytes.length === 1 && isBlank(bytes[0])) return !isBlank(symbol)
  return isWordByte(bytes.at(-1) as number) && isWordByte(symbol)
}

function toWord({ bytes, probability, members }: Path): WordProbability {
  return {
    text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes)),
    probability,
    members: [...members].map(([id, mass]) => ({ id, probability: mass })),
  }
}
