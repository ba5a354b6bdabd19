import { Pool } from 'undici'
import { defineHistogram } from '../../load/histogram.ts'
import { processorSeconds, residentMebibytes } from '../../load/watch-process.ts'

/** What is measured: a server, and the one request that it gets over and over. */
export interface Subject {
  readonly name: string
  readonly pid: number
  readonly url: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Measured {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Microseconds of the server's processor time, all threads. */
  readonly processorUs: number
  readonly residentMiB: number
}

/**
 * So many callers, each with a connection of its own, who ask again as soon as they have their answer: what a server can do at
 * most. (Not how long callers wait for it at a given rate: that is what test/load is for.)
 *
 * @throws Error for an answer other than 200.
 */
export async function closedLoop(subject: Subject, connections: number, seconds: number): Promise<Measured> {
  const { pid, url, path, body } = subject
  const pool = new Pool(url, { connections, pipelining: 1 })
  const headers = { 'content-type': 'application/json', ...subject.headers }
  const times = defineHistogram()
  let answered = 0
  const ask = async () => {
    const { statusCode, body: answer } = await pool.request({ path, method: 'POST', headers, body })
    if (statusCode !== 200) throw new Error(`${subject.name}: ${statusCode} ${await answer.text()}`)
    await answer.dump()
  }
  // Each connection is opened first.
  await Promise.all(Array.from({ length: connections }, ask))
  const processor = processorSeconds(pid)
  const started = performance.now()
  const end = started + 1000 * seconds
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let now = performance.now(); now < end; ) {
        await ask()
        const then = performance.now()
        times.record(then - now)
        answered++
        now = then
      }
    }),
  )
  const elapsed = (performance.now() - started) / 1000
  const measured = {
    perSecond: answered / elapsed,
    p50: times.percentile(50) as number,
    p99: times.percentile(99) as number,
    processorUs: (1e6 * (processorSeconds(pid) - processor)) / answered,
    residentMiB: residentMebibytes(pid),
  }
  await pool.destroy()
  return measured
}
