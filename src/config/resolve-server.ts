import { createHash } from 'node:crypto'
import type { KeyConfig, ServerConfig } from './config.ts'
import type { Environment } from './interpolate.ts'
import type { ConfigFile } from './schema.ts'
import { withoutLineEnd } from './secret-text.ts'

type ServerFile = ConfigFile['server']
type KeyFile = ServerFile['keys'][number]

export function resolveServer(server: ServerFile, env: Environment): ServerConfig {
  const { limits } = server
  return {
    host: server.host,
    port: server.port,
    keys: server.keys.map((key) => resolveKey(key, env)),
    allowAnonymous: server.allow_anonymous,
    metrics: server.metrics,
    console: server.console,
    bodyLimitBytes: server.body_limit_bytes,
    limits: {
      promptBytes: limits.prompt_bytes,
      prompts: limits.prompts,
      labels: limits.labels,
      choices: limits.choices,
      cost: limits.cost,
      running: limits.running,
      runningCost: limits.running_cost,
      queued: limits.queued,
      queueMs: limits.queue_ms,
      receiveMs: limits.receive_ms,
      unreadMs: limits.unread_ms,
    },
    drainMs: server.drain_ms,
    logLevel: server.log_level,
    logContent: server.log_content,
  }
}

/** Only the hash is kept, also of a key that was read from the environment. */
function resolveKey(key: KeyFile, env: Environment): KeyConfig {
  return {
    name: key.name,
    sha256: key.sha256 ?? hashOfKey(keyIn(key, env)),
    ensembles: key.ensembles ?? null,
    requestsPerMinute: key.requests_per_minute ?? null,
    costPerMinute: key.cost_per_minute ?? null,
    concurrency: key.concurrency ?? null,
  }
}

/** The key that an environment variable holds; empty if there is none. */
export function keyIn({ env: variable = '' }: KeyFile, env: Environment): string {
  return withoutLineEnd(env[variable] ?? '')
}

/** As the configuration file has it: keys are long and random, so that nothing slower than SHA-256 is needed. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
