import { startGateway } from '../end-to-end/gateway.ts'

export interface LocalGateway {
  readonly url: string
  /** Process ids by name: the gateway and its workers. */
  pids(): Readonly<Record<string, number>>
  stop(): Promise<void>
}

/** A gateway of this machine, whose members can all be used. */
export async function startLocalGateway(config: string | undefined): Promise<LocalGateway> {
  const gateway = await startGateway(config === undefined ? {} : { config })
  return {
    url: gateway.url,
    pids: () => ({ gateway: gateway.process.pid as number, ...Object.fromEntries(gateway.workers) }),
    stop: gateway.stop,
  }
}
