import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { freePort } from '../../redis/redis-server.ts'
import { type Started, startTutti, untilUp } from './processes.ts'

export interface ShippedWorkers {
  readonly ids: readonly string[]
  readonly workers: ReadonlyMap<string, Started>
  readyUrl(id: string): string
  /** A configuration of the shipped ensemble over these workers, with `server` and further sections. */
  config(sections: object): string
  stop(): Promise<void>
}

/** The three shipped models, each in a worker process of its own, as docker-compose.yml has them. */
export async function startShippedWorkers(): Promise<ShippedWorkers> {
  const shipped = parse(readFileSync(new URL('../../../config/default.yaml', import.meta.url), 'utf8'))
  const ids: string[] = Object.keys(shipped.members)
  const ports = new Map<string, number>()
  for (const id of ids) ports.set(id, await freePort())
  const url = (id: string) => `http://127.0.0.1:${ports.get(id)}`
  const workers = new Map(
    ids.map((id) => [id, startTutti(['worker', '--model', `models/${id}`, '--port', String(ports.get(id))])]),
  )
  const readyUrl = (id: string) => `${url(id)}/v2/health/ready`
  await Promise.all(ids.map((id) => untilUp(readyUrl(id))))
  return {
    ids,
    workers,
    readyUrl,
    config: (sections) =>
      JSON.stringify({
        ...sections,
        members: Object.fromEntries(ids.map((id) => [id, { kind: 'onnx', url: url(id) }])),
        ensembles: shipped.ensembles,
      }),
    async stop() {
      await Promise.all([...workers.values()].map((worker) => worker.stop()))
    },
  }
}
