import { TuttiError } from './errors.ts'

/** Where a server listens; port 0 takes a free one. */
export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * Listens, and gives the URL.
 *
 * @throws TuttiError `invalid_config` that says why the address can't be listened at.
 */
export async function listenAt(
  app: { listen(address: { host: string; port: number }): Promise<string> },
  { host, port }: Address,
): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (cause) {
    const reason = reasonOf((cause as NodeJS.ErrnoException).code, { host, port })
    if (reason === null) throw cause
    throw new TuttiError('invalid_config', reason, { cause })
  }
}

function reasonOf(code: string | undefined, { host, port }: Address): string | null {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is in use; stop what listens there, or give another with --port`
    case 'EACCES':
      return `port ${port} of ${host} is not for this user; give one above 1023 with --port`
    case 'EADDRNOTAVAIL':
      return `${host} is no address of this machine; give one that is with --host`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host ${host} is not known; give an address of this machine with --host`
    default:
      return null
  }
}
