import { randomInt, randomUUID } from 'node:crypto'
import { assembleFleet } from './compose/fleet.ts'
import { suspecting } from './compose/suspecting-observer.ts'
import { tracedDirectory } from './compose/traced-directory.ts'
import type { Config } from './config/config.ts'
import { restartFields } from './config/restart-fields.ts'
import { answerTogether } from './ensemble/answer/answer.ts'
import { classify } from './ensemble/classify/classify.ts'
import { scorePrompt } from './ensemble/echo.ts'
import type { MemberState } from './ensemble/ensemble.ts'
import { generate } from './ensemble/generate.ts'
import { predict } from './ensemble/predict.ts'
import { replicasOf } from './ensemble/replicas-of.ts'
import { scoreTexts } from './ensemble/score.ts'
import { listenAt } from './listen-at.ts'
import type { Logger } from './observability/logger.ts'
import { createMetrics } from './observability/metrics.ts'
import { tracesAreSent } from './observability/traces-endpoint.ts'
import { startTracing } from './observability/tracing.ts'
import { defineGate } from './server/admission/gate.ts'
import { buildServer } from './server/build-server.ts'
import { connectRedis } from './server/rates/redis.ts'
import { defineRunning } from './server/running.ts'

/** A gateway that listens. */
export interface Gateway {
  readonly url: string
  /**
   * Goes over to another configuration: requests that come later run under it, those that run end under the old one. Rejects,
   * and changes nothing, when it can't be used.
   */
  reload(read: () => Promise<Config>): Promise<void>
  /** Takes no new requests, ends what runs within `drain_ms`, closes members and stops worker processes. */
  close(): Promise<void>
}

function standingOf(state: MemberState) {
  return {
    up: state.down() === null,
    replicas: replicasOf(state).map(({ down, breaker }) => ({ up: down === null, breaker })),
  }
}

/** Milliseconds for the last answers to leave, before their connections are cut. */
const cutMs = 500

/** Milliseconds of silence in a stream; proxies and clients commonly give up after 30 s or more. */
const keepAliveMs = 5_000

/**
 * The composition root: the only place that constructs members, watches, ensembles, metrics and the server.
 *
 * @param env where OpenTelemetry's standard variables say whether and where traces are sent.
 * @param signal ends the start, which rejects when what it had started is stopped again; later it ends a reload, and no more.
 */
export async function compose(
  first: Config,
  logger: Logger,
  version: string,
  env: Readonly<Record<string, string | undefined>> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Gateway> {
  const traced = tracesAreSent(env)
  let config = first
  let fleet = await assembleFleet(config, null, logger, signal)
  const running = defineRunning()
  const gate = defineGate()
  const { redis, server } = config
  let redisUp = false
  const metrics = createMetrics(version, () => ({
    load: gate.load,
    members: new Map([...fleet.members].map(([id, { watch }]) => [id, standingOf(watch)])),
    redisUp: redis === null ? null : redisUp,
  }))
  const kindOf = (id: string) => fleet.members.get(id)?.watch.member.kind ?? 'unknown'
  const lost = (reason: string) => logger.warn({ reason }, 'the last traces were not sent')
  const tracing = traced ? await startTracing(env, version, kindOf, lost) : null
  const sharedCounters =
    redis === null
      ? null
      : await connectRedis(redis, (reason) => {
          redisUp = reason === null
          if (reason === null) logger.info('redis up')
          else logger.warn({ reason, rate_limits: redis.onFailure }, 'redis down')
        })

  async function closeRest(): Promise<void> {
    await tracing?.close()
    sharedCounters?.close()
    metrics.close()
  }

  try {
    const app = await buildServer({
      takeSettings() {
        const own = fleet
        own.take()
        const { keys, metrics: metricsReaders, limits } = config.server
        return { directory: own.directory, keys, metricsReaders, limits, release: () => own.giveBack() }
      },
      running,
      gate,
      sharedCounters,
      answerTogether,
      generate,
      predict,
      classify,
      scorePrompt,
      scoreTexts,
      observer: suspecting(metrics, {
        suspect: (member, reason) => fleet.members.get(member)?.watch.suspect(reason),
        doubt: (member) => fleet.members.get(member)?.watch.doubt(),
      }),
      startTrace:
        tracing === null
          ? null
          : (request) => {
              const trace = tracing.start(request)
              return { ...trace, carriedBy: (directory) => tracedDirectory(directory, trace.traceparent) }
            },
      metrics: () => metrics.page(),
      logger,
      clock: () => performance.now(),
      now: () => Date.now() / 1000,
      randomSeed: () => randomInt(2 ** 32),
      newId: () => randomUUID(),
      keepAliveMs,
      version,
      console: server.console,
      bodyLimitBytes: server.bodyLimitBytes,
      logContent: server.logContent,
      receiveMs: server.limits.receiveMs,
    })
    signal.throwIfAborted()
    const url = await listenAt(app, server)

    let reloading = Promise.resolve()
    async function reload(next: Config): Promise<void> {
      const old = fleet
      fleet = await assembleFleet(next, old, logger, signal)
      const waiting = restartFields(config, next)
      if (waiting.length > 0) logger.warn({ fields: waiting }, 'changed fields that take effect at a restart')
      config = next
      logger.level = next.server.logLevel
      old
        .retire()
        .catch(({ name }: Error) => logger.error({ cause: name }, 'members that are no longer used did not end'))
    }

    return {
      url,
      reload(read) {
        // One after the other, so that each shares the members of the one before.
        const reloaded = reloading.then(async () => reload(await read()))
        reloading = reloaded.then(
          () => metrics.reloaded('ok'),
          () => metrics.reloaded('refused'),
        )
        return reloaded
      },
      async close() {
        await running.stop(config.server.drainMs)
        const cut = setTimeout(() => app.server.closeAllConnections(), cutMs)
        try {
          await app.close()
          clearTimeout(cut)
          await reloading
          await fleet.retire()
        } finally {
          await closeRest()
        }
      },
    }
  } catch (error) {
    await closeRest()
    await fleet.retire()
    throw error
  }
}
