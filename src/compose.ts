import { randomInt, randomUUID } from 'node:crypto'
import { defineMember, loadTokenizers } from './compose/define-member.ts'
import { defineDirectory } from './compose/directory.ts'
import { placeMembers } from './compose/embedded.ts'
import { lookedAt } from './compose/probe/looked-at-member.ts'
import { suspecting } from './compose/suspecting-observer.ts'
import { type Watch, watchMember } from './compose/watch-member.ts'
import type { Config, MemberConfig } from './config/config.ts'
import { refuseUnable } from './ensemble/ability.ts'
import { scorePrompt } from './ensemble/echo.ts'
import { generate } from './ensemble/generate.ts'
import { predict } from './ensemble/predict.ts'
import type { Member } from './members/member.ts'
import type { Logger } from './observability/logger.ts'
import { createMetrics } from './observability/metrics.ts'
import { buildServer } from './server/build-server.ts'

/** A gateway that listens. */
export interface Gateway {
  readonly url: string
  /** Stops listening, ends what runs, closes members and stops worker processes. */
  close(): Promise<void>
}

/** Milliseconds that running requests get to end by themselves when the gateway closes. */
const closeGraceMs = 2_000

/** Milliseconds of silence in a stream; proxies and clients commonly give up after 30 s or more. */
const keepAliveMs = 5_000

/** The composition root: the only place that constructs members, watches, ensembles, metrics and the server. */
export async function compose(config: Config, logger: Logger, version: string): Promise<Gateway> {
  const tokenizers = loadTokenizers(config.members)
  const placed = await placeMembers(config.members, ({ kind, id, ...facts }) =>
    logger.info({ member: id, ...facts }, `worker ${kind}`),
  )
  const metrics = createMetrics(version)
  const watches = new Map(
    config.members.map((member) => {
      const { id } = member
      const tokenizer = tokenizers.get(id) ?? null
      const defined = lookedAt(defineMember(member, placed.urls.get(id) ?? [], tokenizer), tokenizer)
      return [id, watch(defined, member, logger)]
    }),
  )

  async function closeMembers(): Promise<void> {
    for (const { close } of watches.values()) close()
    await Promise.all([...watches.values()].map(({ member }) => member.close()))
    await placed.close()
  }

  try {
    await Promise.all([...watches.values()].map(({ first }) => first))
    const directory = defineDirectory(config.ensembles, watches)
    for (const ensemble of directory.ensembles.values()) refuseUnable(ensemble, directory.state)
    const app = await buildServer({
      directory,
      generate,
      predict,
      scorePrompt,
      observer: suspecting(metrics, {
        suspect: (member, reason) => watches.get(member)?.suspect(reason),
        doubt: (member) => watches.get(member)?.doubt(),
      }),
      metrics: () => metrics.page(),
      logger,
      clock: () => performance.now(),
      now: () => Date.now() / 1000,
      randomSeed: () => randomInt(2 ** 32),
      newId: () => randomUUID(),
      keepAliveMs,
      version,
      bodyLimitBytes: config.server.bodyLimitBytes,
    })
    const url = await app.listen({ host: config.server.host, port: config.server.port })
    return {
      url,
      async close() {
        const cut = setTimeout(() => app.server.closeAllConnections(), closeGraceMs)
        await app.close()
        clearTimeout(cut)
        await closeMembers()
      },
    }
  } catch (error) {
    await closeMembers()
    throw error
  }
}

function watch(member: Member, { id, topK }: MemberConfig, logger: Logger): Watch {
  return watchMember(member, {
    topK,
    onChange: (reason) => {
      if (reason === null) logger.info({ member: id, replica: member.replica }, 'member up')
      else logger.warn({ member: id, replica: member.replica, reason }, 'member down')
    },
  })
}
