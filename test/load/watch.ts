import { processorSeconds, residentMebibytes } from './watch-process.ts'

export interface ProcessFigures {
  /** Of one core, over the stage; null where the process does not tell. */
  readonly processor_share: number | null
  /** Most that was seen, in MiB. */
  readonly resident_mib: number | null
}

interface Reading {
  readonly processorSeconds: number | null
  readonly residentMiB: number
}

export interface Watch {
  begin(): Promise<{ end(): Promise<Readonly<Record<string, ProcessFigures>>> }>
}

const everyMs = 500

/**
 * Watches processes while a stage runs.
 *
 * @param sources by name: a process id of this machine, or where the process tells of itself: a gateway's `/metrics`, a
 *   worker's `/v2/stats`.
 */
export function watchProcesses(sources: Readonly<Record<string, number | string>>, key: string | null = null): Watch {
  const names = Object.keys(sources)
  const read = (name: string): Promise<Reading | null> => readProcess(sources[name] as number | string, key)
  return {
    async begin() {
      const started = performance.now()
      const before = await Promise.all(names.map(read))
      const most = before.map((reading) => reading?.residentMiB ?? null)
      async function look(): Promise<(Reading | null)[]> {
        const readings = await Promise.all(names.map(read))
        for (const [index, reading] of readings.entries()) {
          if (reading !== null) most[index] = Math.max(most[index] ?? 0, reading.residentMiB)
        }
        return readings
      }
      const timer = setInterval(() => void look(), everyMs)
      return {
        async end() {
          clearInterval(timer)
          const after = await look()
          const seconds = (performance.now() - started) / 1000
          const share = (index: number): number | null => {
            const [first, last] = [before[index]?.processorSeconds ?? null, after[index]?.processorSeconds ?? null]
            // Less than before: another process has taken its place.
            return first === null || last === null || last < first ? null : (last - first) / seconds
          }
          return Object.fromEntries(
            names.map((name, index) => [name, { processor_share: share(index), resident_mib: most[index] ?? null }]),
          )
        },
      }
    },
  }
}

/** Null when the process can't be read now: under load tests of faults some are gone for a while. */
async function readProcess(source: number | string, key: string | null): Promise<Reading | null> {
  try {
    if (typeof source === 'number') {
      return { processorSeconds: processorSeconds(source), residentMiB: residentMebibytes(source) }
    }
    const headers = key === null ? {} : { authorization: `Bearer ${key}` }
    const response = await fetch(source, { headers, signal: AbortSignal.timeout(2_000) })
    if (!response.ok) return null
    const text = await response.text()
    return text.startsWith('{') ? fromStats(text) : fromMetrics(text)
  } catch {
    return null
  }
}

function fromStats(text: string): Reading {
  const stats = JSON.parse(text) as { resident_bytes: number; processor_seconds?: number }
  return { processorSeconds: stats.processor_seconds ?? null, residentMiB: stats.resident_bytes / 2 ** 20 }
}

function fromMetrics(text: string): Reading {
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
  return {
    processorSeconds: value('process_cpu_seconds_total'),
    residentMiB: value('process_resident_memory_bytes') / 2 ** 20,
  }
}
