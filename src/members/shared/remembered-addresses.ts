import dns, { type LookupAddress, type LookupAllOptions } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** How long a name server may be silent before the addresses that it told last are used. */
const patienceMs = 200
/** How long addresses are remembered: name servers are away for seconds, and whose an address is may change in time. */
const rememberedMs = 60_000

interface Told {
  readonly addresses: LookupAddress[]
  readonly at: number
}

function resolve(hostname: string, options: LookupAllOptions): Promise<LookupAddress[]> {
  return new Promise((resolved, rejected) => {
    dns.lookup(hostname, options, (error, addresses) => (error === null ? resolved(addresses) : rejected(error)))
  })
}

/** A name that does not exist is an answer; a server that failed or did not answer says nothing of the name. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOTFOUND'
}

/**
 * The system's lookup with a memory: every new connection asks for its name, but where the name server is silent or fails, the
 * addresses it told within the last minute are used. Containers' name servers do not answer for seconds while a container
 * starts or stops beside them, and the system waits 5 s before it asks again: longer than a connection may take
 * (resolv.conf(5), `timeout`). A name is asked for once at a time, so that a silent server holds one thread of Node's few
 * for each name.
 */
export function rememberAddresses(now: () => number = Date.now): LookupFunction {
  const told = new Map<string, Told>()
  const underWay = new Map<string, Promise<LookupAddress[]>>()

  function ask(key: string, hostname: string, options: LookupAllOptions): Promise<LookupAddress[]> {
    const before = underWay.get(key)
    if (before !== undefined) return before
    const asked = resolve(hostname, options)
      .then(
        (addresses) => {
          told.set(key, { addresses, at: now() })
          return addresses
        },
        (error: unknown) => {
          if (isAnswer(error)) told.delete(key)
          throw error
        },
      )
      .finally(() => underWay.delete(key))
    underWay.set(key, asked)
    return asked
  }

  function remembered(key: string): LookupAddress[] | null {
    const last = told.get(key)
    return last === undefined || now() - last.at > rememberedMs ? null : last.addresses
  }

  async function find(hostname: string, options: LookupAllOptions): Promise<LookupAddress[]> {
    const key = `${hostname} ${options.family ?? 0} ${options.hints ?? 0}`
    const asked = ask(key, hostname, options)
    const last = remembered(key)
    if (last === null) return asked
    const patience = Promise.withResolvers<LookupAddress[]>()
    const timer = setTimeout(() => patience.resolve(last), patienceMs)
    try {
      return await Promise.race([asked, patience.promise])
    } catch (error) {
      if (isAnswer(error)) throw error
      return last
    } finally {
      clearTimeout(timer)
    }
  }

  return (hostname, options, callback) => {
    find(hostname, { ...options, all: true }).then(
      (addresses) => {
        const [first] = addresses
        if (options.all === true || first === undefined) callback(null, addresses)
        else callback(null, first.address, first.family)
      },
      (error) => callback(error, []),
    )
  }
}
