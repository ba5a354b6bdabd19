import { readdirSync, readlinkSync } from 'node:fs'

/** How the gateway's process stands at one time. */
export interface Sample {
  /** Milliseconds after the start. */
  readonly atMs: number
  readonly residentMiB: number
  /** In use, what is to be collected among it. */
  readonly heapMiB: number
  readonly sockets: number
  /** Milliseconds: p99 of how late the event loop was since the sample before. */
  readonly lagMs: number
}

/** @throws Error when the gateway does not tell its metrics. */
export async function takeSample(url: string, pid: number, atMs: number): Promise<Sample> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(20_000) })
  const page = await response.text()
  const value = (name: string) => {
    const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(page)?.[1]
    if (found === undefined) throw new Error(`/metrics tells no ${name}`)
    return Number(found)
  }
  return {
    atMs,
    residentMiB: value('process_resident_memory_bytes') / 2 ** 20,
    heapMiB: value('nodejs_heap_size_used_bytes') / 2 ** 20,
    sockets: socketsOf(pid),
    lagMs: value('nodejs_eventloop_lag_p99_seconds') * 1000,
  }
}

/** Open sockets of a process of this machine (proc(5)). */
function socketsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).filter((descriptor) => {
    try {
      return readlinkSync(`${folder}/${descriptor}`).startsWith('socket:')
    } catch {
      // Closed since the folder was read.
      return false
    }
  }).length
}
