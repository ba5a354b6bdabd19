import type { TwinModel } from '../wire/kit/twin-model.ts'

/**
 * A model's distribution of the byte (0–255) or the end (256) after a text, by enumeration of all tokenizations from the text's
 * beginning: nothing of the lattice, and nothing of any protocol.
 */
export async function bruteForceNext(model: TwinModel, text: Uint8Array): Promise<Float64Array> {
  const { bytes, end } = model.vocabulary
  const masses = new Float64Array(257)
  const start = model.beginning === null ? [] : [model.beginning]

  async function go(context: readonly number[], at: number, weight: number): Promise<void> {
    const logProbs = await model.logProbs(context)
    for (const [id, token] of bytes.entries()) {
      const mass = weight * Math.exp(logProbs[id]!)
      const rest = text.subarray(at)
      if (end.has(id)) masses[256]! += rest.length === 0 ? mass : 0
      const common = Math.min(token.length, rest.length)
      if (token.length === 0 || !token.subarray(0, common).every((byte, i) => byte === rest[i])) continue
      if (token.length > rest.length) masses[token[rest.length]!]! += mass
      else await go([...context, id], at + token.length, mass)
    }
  }
  await go(start, 0, 1)
  // The texts end with a whole character: no continuation byte, and no byte that begins none (RFC 3629).
  for (let byte = 0x80; byte < 256; byte++) if (byte < 0xc2 || byte > 0xf4) masses[byte] = 0
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  return masses.map((mass) => mass / total)
}
