import { chooseSymbol } from '../../../src/core/decode/choose.ts'
import { beginningOf } from '../../../src/core/lattice/beginning.ts'
import { ByteLattice } from '../../../src/core/lattice/byte-lattice.ts'
import type { Conditional } from '../../../src/core/lattice/symbol-path.ts'
import type { ByteStep, BytesRequest, QueryOptions } from '../../../src/members/member.ts'
import { drive } from '../../core/lattice/toy.ts'
import { ToyMember } from '../toy-member.ts'

/** A toy whose server runs the byte lattice itself. */
export class LatticeMember extends ToyMember {
  async *bytes(request: BytesRequest, { topK, signal }: QueryOptions): AsyncGenerator<ByteStep, void> {
    const { prompt, after, forced, tau, walk, maxSymbols } = request
    const lattice = new ByteLattice(this.toy.vocabulary, { tau, beginning: beginningOf(this.toy.vocabulary) })
    let fetched = drive(lattice.open(prompt, after), this.toy, topK)
    for (const byte of forced) {
      fetched += drive(lattice.ready(), this.toy, topK)
      fetched += drive(lattice.accept(byte), this.toy, topK)
    }
    for (let step = walk.step; step < walk.step + maxSymbols; step++) {
      await this.called(signal)
      fetched += drive(lattice.ready(), this.toy, topK)
      const conditional = copied(lattice.conditional())
      const symbol = chooseSymbol(conditional.probabilities, { ...walk, step })
      const { revivals, prunedMass } = lattice.counters
      yield {
        conditional,
        sinceBorder: lattice.sinceBorder(),
        counters: { revivals, prunedMass },
        contexts: { fetched, used: fetched },
        symbol,
      }
      if (symbol === lattice.alphabet.end) return
      fetched += drive(lattice.accept(symbol), this.toy, topK)
    }
  }
}

function copied(conditional: Conditional): Conditional {
  const { probabilities, low, high } = conditional
  return { ...conditional, probabilities: probabilities.slice(), low: low.slice(), high: high.slice() }
}
