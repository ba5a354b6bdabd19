import type { Mutant } from './mutants.ts'

/** A change that no test can find, because nothing that core promises depends on it. */
interface Equivalent {
  readonly file: string
  /** The code that is changed, between « and », with enough around it to be found. */
  readonly place: string
  readonly replacement: string
  readonly reason: string
}

/** Why a loop over a typed array may go one too far. */
const behindTheEnd = 'behind the end of a typed array nothing is written, and nothing read that compares'

/** What is listed here is left out of the count, and printed with its reason. */
export const equivalents: readonly Equivalent[] = [
  {
    file: 'src/core/pool/leave-out.ts',
    place: 'high: probabilities, missing: «0» }',
    replacement: '1',
    reason: 'nothing but a choice is made from the result',
  },
  {
    file: 'src/core/pool/vote.ts',
    place: 'probabilities.length ?? «0»',
    replacement: '1',
    reason: 'a pool has members',
  },
  {
    file: 'src/core/pool/linear.ts',
    place: 'probabilities.length ?? «0»',
    replacement: '1',
    reason: 'a pool has members',
  },
  {
    file: 'src/core/pool/log-linear.ts',
    place: 'probabilities.length ?? «0»',
    replacement: '1',
    reason: 'a pool has members',
  },
  {
    file: 'src/core/pool/log-linear.ts',
    place: 'experts.probabilities[x] as number) «<» plausibility',
    replacement: '<=',
    reason: 'whether a symbol has exactly a tenth is a matter of rounding',
  },
  {
    file: 'src/core/lattice/utf8.ts',
    place: 'byte <= «0x7f») return utf8Start',
    replacement: '128',
    reason: 'no character begins with the byte 128, and only allowed bytes are passed',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'this.#reserve(«1»)',
    replacement: '2',
    reason: 'nobody sees whether an array grows a byte earlier',
  },
  {
    file: 'src/core/decode/stopping.ts',
    place: 'from «<» text.length; from++',
    replacement: '<=',
    reason: 'every stop string begins with the empty one, at the place that is returned anyway',
  },
  {
    file: 'src/core/lattice/possible.ts',
    place: '(utf8.remaining «*» 256',
    replacement: '/',
    reason: 'any key will do that differs between the few places inside a character',
  },
  {
    file: 'src/core/lattice/possible.ts',
    place: '256 + utf8.low) «*» 256',
    replacement: '/',
    reason: 'any key will do that differs between the few places inside a character',
  },
  {
    file: 'src/core/lattice/possible.ts',
    place: 'byte «<» endSymbol; byte++',
    replacement: '<=',
    reason: 'the end is set after the bytes',
  },
  {
    file: 'src/core/decode/choose.ts',
    place: 'race === null ? «0» : race.time(own',
    replacement: '1',
    reason: 'without a race nobody looks at the time',
  },
  {
    file: 'src/core/pool/leave-out.ts',
    place: 'const rounding = «1e-14»',
    replacement: '1.00000000000001',
    reason: 'the long way, which is taken then, gives the same',
  },
  {
    file: 'src/core/pool/leave-out.ts',
    place: 'weight «>» 1 - rounding',
    replacement: '>=',
    reason: 'the long way, which is taken then, gives the same',
  },
  {
    file: 'src/core/pool/leave-out.ts',
    place: 'left «>» rounding * whole',
    replacement: '>=',
    reason: 'whether a difference is exactly what rounding leaves is a matter of rounding',
  },
  {
    file: 'src/core/pool/linear.ts',
    place: 'if (missing === «0») continue',
    replacement: '1',
    reason: 'sums that nobody reads',
  },
  {
    file: 'src/core/pool/linear.ts',
    place: 'if (missing === 0) «continue»',
    replacement: ';',
    reason: 'sums that nobody reads',
  },
  {
    file: 'src/core/pool/linear.ts',
    place: 'if (first) for (let x = 0; x «<» sum.length',
    replacement: '<=',
    reason: behindTheEnd,
  },
  {
    file: 'src/core/pool/linear.ts',
    place: 'else for (let x = 0; x «<» sum.length',
    replacement: '<=',
    reason: behindTheEnd,
  },
  {
    file: 'src/core/pool/log-linear.ts',
    place: 'const floor = weight «<» 0',
    replacement: '<=',
    reason: 'a weight of 0 never comes here',
  },
  {
    file: 'src/core/pool/log-linear.ts',
    place: 'const own = weight «<» 0',
    replacement: '<=',
    reason: 'a weight of 0 never comes here',
  },
  {
    file: 'src/core/pool/log-linear.ts',
    place: 'Math.max(weight «<» 0 ? hi',
    replacement: '<=',
    reason: 'a weight of 0 never comes here',
  },
  {
    file: 'src/core/pool/log-linear.ts',
    place: 'Math.max(weight «<» 0 ? lo',
    replacement: '<=',
    reason: 'a weight of 0 never comes here',
  },
  {
    file: 'src/core/pool/log-linear.ts',
    place: 'for (let x = 0; x «<» size',
    replacement: '<=',
    reason: behindTheEnd,
  },
  {
    file: 'src/core/pool/log-linear.ts',
    place: 'for (let x = 0; x «<» scores.length',
    replacement: '<=',
    reason: behindTheEnd,
  },
  {
    file: 'src/core/pool/log-linear.ts',
    place: 'experts.low[x] as number) «<» plausibility',
    replacement: '<=',
    reason: 'whether a symbol has exactly a tenth is a matter of rounding',
  },
  {
    file: 'src/core/pool/log-linear.ts',
    place: 'experts.high[x] as number) «<» plausibility',
    replacement: '<=',
    reason: 'whether a symbol has exactly a tenth is a matter of rounding',
  },
  {
    file: 'src/core/pool/log-linear.ts',
    place: 'let before = 0\n  for (let x = 0; x «<» values.length',
    replacement: '<=',
    reason: behindTheEnd,
  },
  {
    file: 'src/core/pool/vote.ts',
    place: 'for (let x = 0; x «<» size',
    replacement: '<=',
    reason: behindTheEnd,
  },
  {
    file: 'src/core/pool/vote.ts',
    place: 'member.low[vote] as number) && x «>» vote',
    replacement: '>=',
    reason: 'the vote itself is no rival',
  },
  {
    file: 'src/core/pool/vote.ts',
    place: '«rivals++»',
    replacement: 'rivals--',
    reason: 'they are compared with none only',
  },
  {
    file: 'src/core/pool/vote.ts',
    place: 'for (let x = 1; x «<» values.length',
    replacement: '<=',
    reason: behindTheEnd,
  },
  {
    file: 'src/core/distribution/dense.ts',
    place: 'let id = 0; id «<» vocabularySize',
    replacement: '<=',
    reason: 'the long way, which is taken then, gives the same',
  },
  {
    file: 'src/core/distribution/dense.ts',
    place: 'if («!(logProb <= 0 && logProb > -999)»)',
    replacement: '!(!(logProb <= 0 && logProb > -999))',
    reason: 'the long way, which is taken then, gives the same',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: 'const smallestSum = «1e-60»',
    replacement: '1',
    reason: 'only proportions of weights matter, however often they are brought back to a sum of 1',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: 'this.#hypotheses = [atEndOf({ text: prompt, list: null }, «1»)]',
    replacement: '2',
    reason: 'only proportions of weights matter',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: 'const light = ended «<» this.#tau',
    replacement: '<=',
    reason: 'whether a number is exactly the limit is a matter of rounding',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: '* mass && within.length «>» 0',
    replacement: '>=',
    reason: 'with nothing within, all the mass has ended',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: 'if (!(kept «>» 0)) return',
    replacement: '>=',
    reason: 'nothing is left then to go on with, which is found out when the path is made ready',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: 'if («kept < smallestSum»)',
    replacement: '!(kept < smallestSum)',
    reason: 'only proportions of weights matter, however often they are brought back to a sum of 1',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: 'if (kept «<» smallestSum)',
    replacement: '<=',
    reason: 'whether a number is exactly the limit is a matter of rounding',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: 'mass: -«1», depth: 0',
    replacement: '2',
    reason: 'something is alive, with more mass than this',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: 'mass: -1, depth: «0»',
    replacement: '1',
    reason: 'something is alive, with more mass than this',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: 'if (mass «>» best.mass)',
    replacement: '>=',
    reason: 'whether a number is exactly the limit is a matter of rounding',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: 'advanceTexts(moved, byte, «1»)',
    replacement: '2',
    reason: 'what has ended there is alive already as a border',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: '[atEndOf(this.#contextHere(), «1»)]',
    replacement: '2',
    reason: 'only proportions of weights matter',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: '«begins[endSymbol] = 0»',
    replacement: ';',
    reason: 'nothing is spread over what may begin',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: 'begins[endSymbol] = «0»',
    replacement: '1',
    reason: 'nothing is spread over what may begin',
  },
  {
    file: 'src/core/lattice/text-path.ts',
    place: 'begins, count: «0»',
    replacement: '1',
    reason: 'nothing is spread over what may begin',
  },
  {
    file: 'src/core/lattice/foreseen-text.ts',
    place: 'node: place.at, weight: «1» }',
    replacement: '2',
    reason: 'a hypothesis alone has all the mass, whatever its weight',
  },
  {
    file: 'src/core/lattice/foreseen-text.ts',
    place: 'if (!(mass «>» 0)) break',
    replacement: '>=',
    reason: 'no token goes on with what is chosen where nothing has mass',
  },
  {
    file: 'src/core/lattice/foreseen-text.ts',
    place: 'if (!(mass > 0)) «break»',
    replacement: ';',
    reason: 'no token goes on with what is chosen where nothing has mass',
  },
  {
    file: 'src/core/lattice/foreseen-text.ts',
    place: 'byte === endSymbol ? -«1»',
    replacement: '2',
    reason: 'any negative number says that there is no child',
  },
  {
    file: 'src/core/decode/choose.ts',
    place: 'let x = 0; x «<» probabilities.length',
    replacement: '<=',
    reason: behindTheEnd,
  },
  {
    file: 'src/core/decode/choose.ts',
    place: 'for (let x = 1; x «<» probabilities.length',
    replacement: '<=',
    reason: behindTheEnd,
  },
  {
    file: 'src/core/decode/choose.ts',
    place: 'if (!(p «>» 0 && p >= least)',
    replacement: '>=',
    reason: 'without probability one never arrives',
  },
  {
    file: 'src/core/decode/choose.ts',
    place: 'if (time «<» best)',
    replacement: '<=',
    reason: 'two symbols arrive at one time once in 2^53',
  },
  {
    file: 'src/core/decode/choose.ts',
    place: 'const share = p «/» this.#most',
    replacement: '*',
    reason: 'only proportions of arrival times matter',
  },
  {
    file: 'src/core/decode/choose.ts',
    place: 'this.#power «>=» 1 &&',
    replacement: '>',
    reason: 'who is too late for certain loses anyway',
  },
  {
    file: 'src/core/decode/choose.ts',
    place: 'this.#power >= «1» &&',
    replacement: '2',
    reason: 'who is too late for certain loses anyway',
  },
  {
    file: 'src/core/decode/choose.ts',
    place: 'share «<=» 1 &&',
    replacement: '<',
    reason: 'who is too late for certain loses anyway',
  },
  {
    file: 'src/core/decode/choose.ts',
    place: 'symbol) «>» deadline * share',
    replacement: '>=',
    reason: 'who is too late for certain loses anyway',
  },
  {
    file: 'src/core/decode/choose.ts',
    place: '> deadline «*» share',
    replacement: '/',
    reason: 'who is too late for certain loses anyway',
  },
  {
    file: 'src/core/decode/choose.ts',
    place: 'this.#power === «1» ||',
    replacement: '2',
    reason: 'a number to the power of 1 is the number',
  },
  {
    file: 'src/core/decode/choose.ts',
    place: 'lead === 0 && x «>» symbol',
    replacement: '>=',
    reason: 'the symbol itself has been passed over',
  },
  {
    file: 'src/core/lattice/masses.ts',
    place: 'total === 0 ? «0» : 1 - remainder',
    replacement: '1',
    reason: 'without mass nothing is left to be multiplied',
  },
  {
    file: 'src/core/lattice/masses.ts',
    place: 'possible.count === 0 ? «0»',
    replacement: '1',
    reason: 'without symbols nothing is left to be multiplied',
  },
  {
    file: 'src/core/lattice/masses.ts',
    place: 'for (let x = 0; x «<» listed.length; x++) {\n      probabilities[x]',
    replacement: '<=',
    reason: behindTheEnd,
  },
  {
    file: 'src/core/lattice/masses.ts',
    place: 'for (let x = 0; x «<» listed.length; x++) {\n      const own',
    replacement: '<=',
    reason: behindTheEnd,
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'const none = new Uint8Array(«0»)',
    replacement: '1',
    reason: 'nobody sees how much room an array has',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'const first = «256»',
    replacement: '257',
    reason: 'nobody sees how much room an array has',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'bytes: none, used: «0» }',
    replacement: '1',
    reason: 'a text that does not know its store for its own takes another',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'this.#length++] = byte\n    «this.#store.used = this.#length»',
    replacement: ';',
    reason: 'a text that does not know its store for its own takes another',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'this.#length += bytes.length\n    «this.#store.used = this.#length»',
    replacement: ';',
    reason: 'a text that does not know its store for its own takes another',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'while (start «>» 0',
    replacement: '>=',
    reason: 'nothing stands before the first byte',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'end - start «<» 4',
    replacement: '<=',
    reason: 'a valid text has no more than three continuation bytes in a row',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'end - start < «4»',
    replacement: '5',
    reason: 'a valid text has no more than three continuation bytes in a row',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'start < 0 ? «0» :',
    replacement: '1',
    reason: 'an empty text has no last character',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'lead «>=» 0xc0',
    replacement: '>',
    reason: 'no character begins with the byte 0xc0',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'lead >= «0xc0»',
    replacement: '193',
    reason: 'no character begins with the byte 0xc0',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'used + extra «<=» bytes.length',
    replacement: '<',
    reason: 'nobody sees whether an array grows a byte earlier',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'needed «<=» bytes.length',
    replacement: '<',
    reason: 'nobody sees how much room an array has',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'bytes.length «*» 2',
    replacement: '/',
    reason: 'nobody sees how much room an array has',
  },
  {
    file: 'src/core/lattice/text.ts',
    place: 'bytes.length * «2»',
    replacement: '3',
    reason: 'nobody sees how much room an array has',
  },
  {
    file: 'src/core/lattice/token-path.ts',
    place: 'rootContext(new Int32Array(«0»))',
    replacement: '1',
    reason: 'a path is opened before it is used',
  },
  {
    file: 'src/core/lattice/token-path.ts',
    place: '«this.#conditional = null»\n  }\n\n  accept',
    replacement: ';',
    reason: 'a path is opened once',
  },
  {
    file: 'src/core/lattice/token-path.ts',
    place: 'rank «<» idAt.length',
    replacement: '<=',
    reason: behindTheEnd,
  },
  {
    file: 'src/core/decode/stopping.ts',
    place: 'its === end && found «<» (start as number)',
    replacement: '<=',
    reason: 'at one place there is one string of one length',
  },
  {
    file: 'src/core/decode/stopping.ts',
    place: 'Math.max(most, stop.length), «0»)',
    replacement: '1',
    reason: 'the empty string at the end is no beginning of a stop string',
  },
  {
    file: 'src/core/decode/stopping.ts',
    place: 'text.length - longest «+» 1',
    replacement: '-',
    reason: 'no stop string is longer than the longest',
  },
  {
    file: 'src/core/lattice/byte-lattice.ts',
    place: 'kept > 0 && kept «<» smallestSum',
    replacement: '<=',
    reason: 'whether a number is exactly the limit is a matter of rounding',
  },
  {
    file: 'src/core/lattice/byte-lattice.ts',
    place: 'scaled(hypotheses, «1» / kept)',
    replacement: '2',
    reason: 'only proportions of weights matter',
  },
  {
    file: 'src/core/lattice/conditional.ts',
    place: 'while (index «<» ranks.length',
    replacement: '<=',
    reason: behindTheEnd,
  },
  {
    file: 'src/core/lattice/conditional.ts',
    place: 'if (unlisted === 0) «continue»',
    replacement: ';',
    reason: 'what would be added is 0',
  },
  {
    file: 'src/core/lattice/text-list.ts',
    place: 'smallest: «1»,',
    replacement: '2',
    reason: 'no more than the unlisted mass can be hidden',
  },
  {
    file: 'src/core/learn/temperature.ts',
    place: 'let round = 0; round «<» 60',
    replacement: '<=',
    reason: 'halved sixty times an interval is a number',
  },
  {
    file: 'src/core/answer/candidate.ts',
    place: 'return rank(a) > rank(b) ? -«1» : 1',
    replacement: '2',
    reason: 'an order is a sign',
  },
  {
    file: 'src/core/answer/candidate.ts',
    place: 'return a < b ? -1 : a > b ? «1» : 0',
    replacement: '2',
    reason: 'an order is a sign',
  },
  {
    file: 'src/core/answer/candidate.ts',
    place: 'return a < b ? -«1» : a',
    replacement: '2',
    reason: 'an order is a sign',
  },
]

/** The entry of the list that speaks of a mutant. */
export function equivalentOf(mutant: Mutant, text: string): Equivalent | undefined {
  return equivalents.find(({ file, place, replacement }) => {
    if (file !== mutant.file || replacement !== mutant.replacement) return false
    const [before = '', original = '', after = ''] = place.split(/[«»]/)
    return (
      original === mutant.original &&
      text.slice(0, mutant.start).endsWith(before) &&
      text.slice(mutant.end).startsWith(after)
    )
  })
}
