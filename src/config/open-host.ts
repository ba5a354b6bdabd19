import { TuttiError } from '../errors.ts'

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

interface Openness {
  readonly host: string
  readonly keys: readonly unknown[]
  readonly allowAnonymous: boolean
}

/** Whether other machines could use the gateway without a key, and nobody has said that they may. */
export function isOpenToAll({ host, keys, allowAnonymous }: Openness): boolean {
  return keys.length === 0 && !allowAnonymous && !isLoopback(host)
}

/** What is wrong with that. */
export function openToAll(host: string): { readonly reason: string; readonly suggestion: string } {
  return {
    reason: `${host} can be reached from other machines, and there are no keys`,
    suggestion: 'give `server.keys`, or `allow_anonymous: true` if something else keeps strangers out',
  }
}

/** @throws TuttiError `invalid_config`, for addresses that no configuration file has. */
export function refuseOpenHost(server: Openness): void {
  if (!isOpenToAll(server)) return
  const { reason, suggestion } = openToAll(server.host)
  throw new TuttiError('invalid_config', `${reason} (${suggestion})`, { param: 'server.host' })
}
