import type { TokenDistribution } from '../../src/core/distribution/token-distribution.ts'
import type { Member, Probe } from '../../src/members/member.ts'

const never = new AbortController().signal

/** A member's whole lists by context, each asked for once; along a text's own tokenization by one scoring call. */
export class ListSource {
  readonly member: Member
  readonly probe: Probe
  readonly #held = new Map<string, Promise<TokenDistribution>>()

  constructor(member: Member, probe: Probe) {
    this.member = member
    this.probe = probe
  }

  tokenize(text: string): Promise<Int32Array> {
    return this.member.tokenize(text, never)
  }

  /** Tokens of a text and the member's own log-probability (natural) of each after the first. */
  async alongOwnTokens(text: string): Promise<{ tokens: Int32Array; logProbs: number[] }> {
    const tokens = await this.tokenize(text)
    const options = { topK: this.probe.capabilities.maxTopK, signal: never }
    const steps = (await this.member.score?.({ tokens: tokens.slice(0, 1) }, tokens.slice(1), options)) ?? []
    const logProbs = steps.map(({ distribution, token }, index) => {
      this.#held.set(tokens.slice(0, index + 1).join(), Promise.resolve(distribution))
      return distribution.logProbs[distribution.ids.indexOf(token)] as number
    })
    return { tokens, logProbs }
  }

  after(tokens: Int32Array): Promise<TokenDistribution> {
    const key = tokens.join()
    const held = this.#held.get(key) ?? this.#ask(tokens)
    this.#held.set(key, held)
    return held
  }

  forget(): void {
    this.#held.clear()
  }

  async #ask(tokens: Int32Array): Promise<TokenDistribution> {
    let last: TokenDistribution | null = null
    const options = { maxTokens: 1, topK: this.probe.capabilities.maxTopK, signal: never }
    for await (const { distribution } of this.member.continue({ tokens }, options)) last = distribution
    if (last === null) throw new Error(`${this.member.id} answered without a distribution`)
    return last
  }
}

/** The k likeliest entries of a list of the whole vocabulary. */
export function shortened(list: TokenDistribution, k: number): TokenDistribution {
  if (k >= list.ids.length) return list
  const order = list.ids
    .map((_, index) => index)
    .sort((a, b) => (list.logProbs[b] as number) - (list.logProbs[a] as number) || a - b)
  const kept = order.subarray(0, k)
  const logProbs = Float64Array.from(kept, (index) => list.logProbs[index] as number)
  const sum = logProbs.reduce((total, logProb) => total + Math.exp(logProb), 0)
  return {
    ids: Int32Array.from(kept, (index) => list.ids[index] as number),
    logProbs,
    unlisted: Math.max(0, 1 - sum),
    smallest: Math.exp(logProbs[k - 1] as number),
    vocabularySize: list.vocabularySize,
  }
}
