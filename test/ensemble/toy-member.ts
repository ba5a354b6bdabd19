import { chooseSymbol } from '../../src/core/decode/choose.ts'
import type { TokenDistribution } from '../../src/core/distribution/token-distribution.ts'
import { TokenPath } from '../../src/core/lattice/token-path.ts'
import type { Directory } from '../../src/ensemble/directory.ts'
import type { Ensemble, MemberState } from '../../src/ensemble/ensemble.ts'
import { silentObserver } from '../../src/ensemble/observer.ts'
import type { RunOptions } from '../../src/ensemble/session.ts'
import { TuttiError } from '../../src/errors.ts'
import type { Context, ContinueOptions, Member, MemberStep, Probe } from '../../src/members/member.ts'
import { drive, listOfToy, type Toy } from '../core/lattice/toy.ts'

interface ToyMemberOptions {
  /** Milliseconds before a call is answered. */
  readonly delay?: () => number
  /** Calls from this one on fail. */
  readonly failFrom?: number
  readonly contextLength?: number
  readonly fingerprint?: string | null
}

/** A member of the port over an enumerable toy, without a network. */
export class ToyMember implements Member {
  readonly kind = 'toy'
  readonly replica = 'memory:'
  readonly id: string
  readonly toy: Toy
  readonly options: ToyMemberOptions
  calls = 0

  constructor(id: string, toy: Toy, options: ToyMemberOptions = {}) {
    this.id = id
    this.toy = toy
    this.options = options
  }

  async *continue(context: Context, { maxTokens, topK, signal, walk }: ContinueOptions): AsyncGenerator<MemberStep> {
    if (!('tokens' in context)) throw new TuttiError('internal', 'a toy takes tokens')
    const tokens = [...context.tokens]
    const path = walk === undefined ? null : await this.#tokenPath(tokens)
    for (let sent = 0; sent < maxTokens; sent++) {
      await this.called(signal)
      const limit = this.options.contextLength ?? 1000
      // As real servers do.
      if (tokens.length === 0) throw new TuttiError('member_rejected', 'holds no token', { member: this.id })
      if (tokens.length > limit) {
        if (sent > 0) return
        throw new TuttiError('member_rejected', `${tokens.length} tokens are more than ${limit}`, { member: this.id })
      }
      const distribution = listOfToy(this.toy, tokens, topK)
      let token = likeliest(distribution)
      if (walk !== undefined && path !== null) {
        drive(path.ready(), this.toy, topK)
        token = chooseSymbol(path.conditional().probabilities, { ...walk, step: walk.step + sent })
        if (token === path.alphabet.end) token = [...this.toy.vocabulary.end][0] as number
        else drive(path.accept(token), this.toy, topK)
      }
      yield { distribution, token }
      if (this.toy.vocabulary.end.has(token)) return
      tokens.push(token)
    }
  }

  async #tokenPath(tokens: readonly number[]): Promise<TokenPath> {
    const path = new TokenPath(this.toy.vocabulary)
    const opening = path.open(new Uint8Array(0))
    opening.next()
    opening.next(Int32Array.from(tokens))
    return path
  }

  async tokenize(text: string, signal: AbortSignal): Promise<Int32Array> {
    await this.called(signal)
    return Int32Array.from(this.toy.tokenize(new TextEncoder().encode(text)))
  }

  async probe(): Promise<Probe> {
    return {
      model: `toy ${this.id}`,
      vocabulary: this.toy.vocabulary,
      capabilities: {
        maxTopK: this.toy.vocabulary.size,
        exactBytes: true,
        tokenContexts: true,
        scoring: 'none',
        streaming: false,
        basis: 'raw',
        vocabularyFingerprint: this.options.fingerprint ?? null,
        contextLength: this.options.contextLength ?? 1000,
      },
    }
  }

  async close(): Promise<void> {}

  /** One call of the server, or one step of its work. */
  async called(signal: AbortSignal): Promise<void> {
    this.calls++
    const delay = this.options.delay?.() ?? 0
    if (delay > 0) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, delay)
        signal.addEventListener('abort', () => {
          clearTimeout(timer)
          reject(new TuttiError('member_timeout', 'aborted', { member: this.id }))
        })
      })
    }
    if (this.calls >= (this.options.failFrom ?? Number.POSITIVE_INFINITY)) {
      throw new TuttiError('member_unreachable', 'connection reset', { member: this.id })
    }
  }
}

function likeliest({ ids, logProbs }: TokenDistribution): number {
  return ids[logProbs.indexOf(Math.max(...logProbs))] as number
}

/** A directory of one ensemble, "toys", over the given members. */
export async function directoryOf(members: readonly Member[], overrides: Partial<Ensemble> = {}): Promise<Directory> {
  const ensemble: Ensemble = {
    name: 'toys',
    seats: members.map((member) => ({ member, weight: 1 / members.length })),
    lead: 0,
    pool: 'linear',
    perRequest: [],
    granularity: 'byte',
    tau: 0,
    topK: 1_000_000,
    unlisted: 'spread',
    uncertified: 'emit',
    decoding: 'run_ahead',
    runAheadBudget: null,
    quorum: 1,
    graceMs: null,
    onMemberLoss: 'degrade',
    deadlineMs: 20_000,
    sampling: { temperature: 0, topP: 1, minP: 0 },
    strategy: { kind: 'fuse', samples: 1, canonicalise: 'exact', utility: 'exact' },
    adaptive: { kind: 'none' },
    ...overrides,
  }
  const states = new Map<string, MemberState>()
  for (const member of members) {
    const probe = await member.probe(AbortSignal.timeout(20_000))
    states.set(member.id, { member, probe: () => probe, down: () => null })
  }
  return { ensembles: new Map([['toys', ensemble]]), state: (id) => states.get(id) as MemberState }
}

export function runOptions(signal: AbortSignal = new AbortController().signal): RunOptions {
  return { signal, observer: silentObserver, clock: () => performance.now() }
}
