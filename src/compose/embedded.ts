import { fileURLToPath } from 'node:url'
import type { MemberConfig } from '../config/config.ts'
import { type SupervisedWorker, type SupervisorEvent, superviseWorker } from '../worker/supervisor.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

/** Every member with the URLs of its replicas, and the worker processes that were started for those without one. */
export interface Placed {
  readonly urls: ReadonlyMap<string, readonly string[]>
  close(): Promise<void>
}

/**
 * Starts a worker process for each embedded member, all at once, and waits for them.
 *
 * @param deterministic makes their lists independent of what runs together, for figures that can be had again.
 * @param signal ends the start: it fails when all are stopped again.
 * @throws TuttiError `invalid_model` when one cannot start; those that could are stopped again.
 */
export async function placeMembers(
  members: readonly MemberConfig[],
  onEvent: (event: SupervisorEvent) => void,
  { deterministic = false, signal }: { readonly deterministic?: boolean; readonly signal?: AbortSignal } = {},
): Promise<Placed> {
  const workers: SupervisedWorker[] = []
  const place = async ({ id, source }: MemberConfig): Promise<[string, readonly string[]]> => {
    if ('urls' in source) return [id, source.urls]
    const args = [main, 'worker', '--model', source.model, '--threads', String(source.threads)]
    if (deterministic) args.push('--deterministic')
    const worker = await superviseWorker({ id, args, onEvent, ...(signal && { signal }) })
    workers.push(worker)
    return [id, [worker.url]]
  }
  const close = async () => {
    await Promise.all(workers.map((worker) => worker.close()))
  }
  const placed = await Promise.allSettled(members.map(place))
  const failed = placed.find((result) => result.status === 'rejected')
  if (failed) {
    await close()
    throw failed.reason
  }
  return { urls: new Map(placed.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))), close }
}
