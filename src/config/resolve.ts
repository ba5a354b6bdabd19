import type { Config, EnsembleConfig } from './config.ts'
import type { Environment } from './interpolate.ts'
import type { Learned } from './learned-weights.ts'
import { resolveMember } from './resolve-member.ts'
import { resolveServer } from './resolve-server.ts'
import type { ConfigFile } from './schema.ts'

interface Surroundings {
  /** What relative paths are relative to. */
  readonly folder: string
  readonly env: Environment
  /** Values of the file that came from the environment. */
  readonly filled: ReadonlySet<string>
  /** By ensemble. */
  readonly learned: ReadonlyMap<string, Learned>
}

/** The checked file as the program's `Config`: paths absolute, weights summing to 1, the lead chosen, keys hashed. */
export function resolveConfig(file: ConfigFile, { folder, env, filled, learned }: Surroundings): Config {
  const { redis } = file
  return {
    server: resolveServer(file.server, env),
    redis:
      redis === undefined
        ? null
        : { url: redis.url, prefix: redis.prefix, timeoutMs: redis.timeout_ms, onFailure: redis.on_failure },
    members: Object.entries(file.members).map(([id, member]) => resolveMember(id, member, { folder, filled })),
    ensembles: Object.entries(file.ensembles).map(([name, ensemble]) =>
      resolveEnsemble(name, ensemble, learned.get(name) ?? null),
    ),
  }
}

function resolveEnsemble(
  name: string,
  ensemble: ConfigFile['ensembles'][string],
  learned: Learned | null,
): EnsembleConfig {
  const given = ensemble.members.map((seat, index) => learned?.weights[index] ?? seat.weight ?? 1)
  const total = given.reduce((sum, weight) => sum + weight, 0)
  const lead =
    ensemble.lead === undefined
      ? given.indexOf(Math.max(...given))
      : ensemble.members.findIndex((seat) => seat.id === ensemble.lead)
  return {
    name,
    members: ensemble.members.map((seat, index) => ({ id: seat.id, weight: (given[index] ?? 0) / total })),
    pool: ensemble.pool,
    perRequest: [...new Set(ensemble.per_request)],
    granularity: ensemble.granularity,
    tau: ensemble.tau,
    topK: ensemble.top_k,
    unlisted: ensemble.unlisted,
    uncertified: ensemble.uncertified,
    decoding: ensemble.decoding,
    runAheadBudget: ensemble.run_ahead_budget ?? null,
    lead,
    quorum: ensemble.quorum,
    graceMs: ensemble.grace_ms ?? null,
    onMemberLoss: ensemble.on_member_loss,
    deadlineMs: ensemble.deadline_ms,
    sampling: {
      temperature: ensemble.sampling.temperature,
      topP: ensemble.sampling.top_p,
      minP: ensemble.sampling.min_p,
    },
    strategy: {
      kind: ensemble.strategy,
      samples: ensemble.samples,
      canonicalise: ensemble.canonicalise,
      utility: ensemble.utility,
    },
    learned,
    adaptive:
      ensemble.adaptive === 'prompt_fit'
        ? { kind: 'prompt_fit', temperature: ensemble.adaptive_temperature }
        : { kind: ensemble.adaptive },
  }
}
