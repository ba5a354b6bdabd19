import { fork } from 'node:child_process'
import { once } from 'node:events'

export interface InstantServers {
  readonly urls: readonly string[]
  /** Calls of each server by route since they were last asked for. */
  calls(): Promise<readonly Readonly<Record<string, number>>[]>
  stop(): void
}

export async function startServers(kind: 'openai' | 'llamacpp', count: number): Promise<InstantServers> {
  const child = fork(new URL('./instant-servers.ts', import.meta.url), [kind, String(count)], { stdio: 'inherit' })
  const [urls] = (await once(child, 'message')) as [string[]]
  return {
    urls,
    async calls() {
      child.send('calls')
      const [calls] = (await once(child, 'message')) as [Record<string, number>[]]
      return calls
    },
    stop: () => child.disconnect(),
  }
}
