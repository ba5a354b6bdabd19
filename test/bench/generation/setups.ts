import { fork } from 'node:child_process'
import { once } from 'node:events'
import { uniform } from '../../../src/core/decode/noise.ts'
import { fromDense } from '../../../src/core/distribution/dense.ts'
import type { TokenDistribution } from '../../../src/core/distribution/token-distribution.ts'
import type { Directory } from '../../../src/ensemble/directory.ts'
import type { Decoding, Ensemble } from '../../../src/ensemble/ensemble.ts'
import type { Member, Probe } from '../../../src/members/member.ts'
import { defineOnnxMember } from '../../../src/members/onnx/define-onnx-member.ts'

/** A member that its server takes step by step or by streams alone: the lattice stays with the gateway. */
export function withoutLattice(member: Member): Member {
  return { ...member, bytes: undefined } as unknown as Member
}

/**
 * A sibling of a model with the same vocabulary: its log-probabilities, each moved by a random number that depends on the token
 * and the one before it alone. What its server streams is the model's own path.
 */
function sibling(member: Member, id: string, spread: number): Member {
  const moved = ({ ids, logProbs }: TokenDistribution, last: number): TokenDistribution => {
    const values = logProbs.map((logProb, index) => {
      const token = ids[index] as number
      return logProb + spread * Math.log(-Math.log(uniform(7, last, token)))
    })
    const most = values.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY)
    const sum = Math.log(values.reduce((total, value) => total + Math.exp(value - most), 0)) + most
    return fromDense(
      values.map((value) => value - sum),
      ids,
    )
  }
  return {
    ...withoutLattice(member),
    id,
    async *continue(context, options) {
      let last = 'tokens' in context ? (context.tokens.at(-1) ?? 0) : 0
      for await (const { distribution, token } of member.continue(context, options)) {
        yield { distribution: moved(distribution, last), token }
        last = token
      }
    },
    async score(context, continuation, options) {
      const steps = (await member.score?.(context, continuation, options)) ?? []
      const before = 'tokens' in context ? (context.tokens.at(-1) ?? 0) : 0
      return steps.map(({ distribution, token }, index) => ({
        distribution: moved(distribution, index === 0 ? before : (continuation[index - 1] as number)),
        token,
      }))
    },
  }
}

export interface Setups {
  readonly members: readonly Member[]
  /** One ensemble over the three models, by byte. */
  byByte(decoding: Decoding, lattice: 'there' | 'here'): Directory
  /** Two of one vocabulary, by token: a model and a sibling of it so far away. */
  byToken(decoding: Decoding, spread: number): Directory
  close(): Promise<void>
}

export async function startSetups(): Promise<Setups> {
  const twins = fork(new URL('./twins.ts', import.meta.url), { stdio: 'inherit' })
  const [urls] = (await once(twins, 'message')) as [Record<string, string>]
  const members = Object.entries(urls).map(([id, url]) => defineOnnxMember({ id, url }))
  const probes = await Promise.all(members.map((member) => member.probe(AbortSignal.timeout(30_000))))
  return {
    members,
    byByte: (decoding, lattice) =>
      directoryOf(lattice === 'there' ? members : members.map(withoutLattice), probes, {
        decoding,
        granularity: 'byte',
      }),
    byToken(decoding, spread) {
      const [member, probe] = [members[1] as Member, probes[1] as Probe]
      const pair = [withoutLattice(member), sibling(member, `${member.id}-sibling`, spread)]
      return directoryOf(pair, [probe, probe], { decoding, granularity: 'token' })
    },
    async close() {
      await Promise.all(members.map((member) => member.close()))
      twins.disconnect()
      await once(twins, 'exit')
    },
  }
}

export function directoryOf(members: readonly Member[], probes: readonly Probe[], way: Partial<Ensemble>): Directory {
  const ensemble: Ensemble = {
    name: 'e',
    seats: members.map((member) => ({ member, weight: 1 / members.length })),
    lead: members.length - 1,
    pool: 'linear',
    perRequest: [],
    granularity: 'byte',
    tau: 5e-3,
    topK: 1_000_000,
    unlisted: 'spread',
    uncertified: 'emit',
    decoding: 'run_ahead',
    runAheadBudget: null,
    quorum: members.length,
    graceMs: null,
    onMemberLoss: 'degrade',
    deadlineMs: 120_000,
    sampling: { temperature: 0, topP: 1, minP: 0 },
    strategy: { kind: 'fuse', samples: 1, canonicalise: 'exact', utility: 'exact' },
    adaptive: { kind: 'none' },
    ...way,
  }
  const states = new Map(
    members.map((member, index) => [member.id, { member, probe: () => probes[index] as Probe, down: () => null }]),
  )
  return {
    ensembles: new Map([['e', ensemble]]),
    state(id) {
      const state = states.get(id)
      if (state === undefined) throw new Error(`no member ${id}`)
      return state
    },
  }
}
