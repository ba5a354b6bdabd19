import type { Config } from './config.ts'

/** What a gateway reads once, when it starts. */
const parts = {
  'server.host': ({ server }: Config) => server.host,
  'server.port': ({ server }: Config) => server.port,
  'server.console': ({ server }: Config) => server.console,
  'server.body_limit_bytes': ({ server }: Config) => server.bodyLimitBytes,
  'server.limits.receive_ms': ({ server }: Config) => server.limits.receiveMs,
  'server.log_content': ({ server }: Config) => server.logContent,
  redis: ({ redis }: Config) => JSON.stringify(redis),
}

/** Fields that differ and that a running gateway can't take over. */
export function restartFields(old: Config, next: Config): string[] {
  return Object.entries(parts).flatMap(([field, part]) => (part(old) === part(next) ? [] : [field]))
}
