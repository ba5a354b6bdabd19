import { possibleBytes } from '../../src/core/lattice/possible.ts'
import { endSymbol, symbolCount } from '../../src/core/lattice/symbols.ts'
import { utf8Next, utf8Start } from '../../src/core/lattice/utf8.ts'
import type { Vocabulary } from '../../src/core/lattice/vocabulary.ts'
import { defineOnnxMember } from '../../src/members/onnx/define-onnx-member.ts'
import { startWorker } from '../../src/worker/start-worker.ts'
import { loadReference } from '../worker/reference.ts'
import { modelDir } from '../worker/support.ts'

/** A tiny model as a plain run of its file gives it, its bytes by enumeration of all tokenizations. */
export interface EnumeratedModel {
  readonly vocabulary: Vocabulary
  /** Distribution of the symbol that follows a text (256 is the end). */
  after(text: Uint8Array): Promise<Float64Array>
}

/** The token that each tokenizer puts before a text. */
const beginning = { 'tiny-gpt': 286, 'tiny-gru': 256 }

export async function enumerated(name: 'tiny-gpt' | 'tiny-gru'): Promise<EnumeratedModel> {
  const reference = await loadReference(name)
  const vocabulary = await vocabularyOf(name)
  const known = new Map<string, Promise<Float64Array>>()
  const logProbs = (context: readonly number[]) => {
    const key = context.join()
    const found = known.get(key) ?? reference.logProbs(context)
    known.set(key, found)
    return found
  }

  async function collect(context: readonly number[], rest: Uint8Array, weight: number, masses: Float64Array) {
    const list = await logProbs(context)
    for (const [id, token] of vocabulary.bytes.entries()) {
      const mass = weight * Math.exp(list[id]!)
      if (vocabulary.end.has(id)) {
        if (rest.length === 0) masses[endSymbol]! += mass
      } else if (token.length > rest.length) {
        if (rest.every((byte, index) => byte === token[index])) masses[token[rest.length]!]! += mass
      } else if (token.length > 0 && token.every((byte, index) => byte === rest[index])) {
        await collect([...context, id], rest.subarray(token.length), mass, masses)
      }
    }
  }

  return {
    vocabulary,
    async after(text) {
      const masses = new Float64Array(symbolCount)
      await collect([beginning[name]], text, 1, masses)
      let utf8 = utf8Start
      for (const byte of text) utf8 = utf8Next(utf8, byte)
      const { valid } = possibleBytes(vocabulary, utf8)
      const possible = masses.map((mass, symbol) => (valid[symbol] === 1 ? mass : 0))
      const whole = possible.reduce((sum, mass) => sum + mass, 0)
      return possible.map((mass) => mass / whole)
    },
  }
}

async function vocabularyOf(name: 'tiny-gpt' | 'tiny-gru'): Promise<Vocabulary> {
  const worker = await startWorker({ modelDir: modelDir(name) })
  const member = defineOnnxMember({ id: name, url: worker.url })
  const { vocabulary } = await member.probe(AbortSignal.timeout(10_000))
  await member.close()
  await worker.close()
  return vocabulary!
}
