import { resolve } from 'node:path'
import { defineMember } from '../../src/compose/define-member.ts'
import { parseConfig } from '../../src/config/parse.ts'
import type { Member } from '../../src/members/member.ts'
import { loadTokenizer } from '../../src/tokenizer/load-tokenizer.ts'
import { type Entry, entries as twins } from '../conformance/entries.ts'
import { type NamedServer, namedServers } from './named-servers.ts'
import { realModel } from './real-model.ts'

/** Servers on a processor batch in other orders: 0.011 nats were measured on llama-server. */
const precision = 0.03

/** The real servers that the environment names, as the contract takes its subjects. */
export function realEntries(env: Readonly<Record<string, string | undefined>>): Entry[] {
  return namedServers(env).map((server) => toEntry(server, twinOf(server.kind)))
}

function twinOf(kind: string): Entry {
  const twin = twins.find((one) => one.kind === kind)
  if (twin === undefined) throw new Error(`TUTTI_REAL: no kind "${kind}"; there are ${twins.map(({ kind }) => kind)}`)
  return twin
}

function toEntry(server: NamedServer, twin: Entry): Entry {
  let longest = 0
  return {
    ...twin,
    precision,
    maxTopK: () => longest,
    async start() {
      const { url } = server
      return { url, twin: null, define: () => memberOf(server), close: async () => {} }
    },
    async reference() {
      const tokenizer = server.tokenizer === null ? null : loadTokenizer(resolve(server.tokenizer))
      const { model, maxTopK } = await realModel(memberOf(server), tokenizer, twin.room)
      longest = maxTopK
      return model
    },
  }
}

/** Defined as a configuration defines it, so that any kind will do. */
function memberOf({ kind, url, tokenizer, model, apiKey }: NamedServer): Member {
  const fields = {
    kind,
    url,
    ...(tokenizer !== null && { tokenizer: resolve(tokenizer) }),
    ...(model !== null && { model }),
    ...(apiKey !== null && { api_key: apiKey }),
    timeouts: { first_byte_ms: 120_000, silence_ms: 60_000 },
  }
  const text = JSON.stringify({ members: { m: fields }, ensembles: { e: { members: [{ id: 'm' }] } } })
  const [config] = parseConfig(text, { file: 'TUTTI_REAL', folder: '/', env: {} }).members
  return defineMember(config!, [url], tokenizer === null ? null : loadTokenizer(resolve(tokenizer)))
}
