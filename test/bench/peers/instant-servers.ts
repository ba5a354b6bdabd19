import { startTwin } from '../../wire/kit/twin.ts'
import { llamacpp } from '../../wire/llamacpp.ts'
import { openai } from '../../wire/openai.ts'
import { bigrams } from '../streams/bigrams.ts'
import { instantServer } from './instant-server.ts'

// Servers of one protocol in a process of their own, which tells their addresses, counts calls when asked, and lives as long
// as its parent.

const [kind = 'openai', count = '3'] = process.argv.slice(2)
const protocol = kind === 'openai' ? openai() : llamacpp
/** More than any prompt here has. */
const contextLength = 200_000
const twins = await Promise.all(
  Array.from({ length: Number(count) }, (_, seed) => startTwin(protocol, { ...bigrams(seed), contextLength })),
)
const servers = await Promise.all(twins.map(({ url }) => instantServer(url)))
process.on('message', () => {
  const calls = servers.map((server) => Object.fromEntries(server.calls))
  for (const server of servers) server.calls.clear()
  process.send?.(calls)
})
process.on('disconnect', () => process.exit(0))
process.send?.(servers.map(({ url }) => url))
