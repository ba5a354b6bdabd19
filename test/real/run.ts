/** `npm run test:real`: the contract of test/conformance against servers that run elsewhere. Not part of `npm test`. */
import { spawnSync } from 'node:child_process'
import { howTo, namedServers } from './named-servers.ts'

if (namedServers(process.env).length === 0) {
  console.error(howTo)
  process.exit(1)
}
const args = [
  'run',
  'test/conformance/contract.test.ts',
  'test/conformance/answers.test.ts',
  '--no-file-parallelism',
  '--testTimeout',
  '300000',
]
const { status } = spawnSync('vitest', [...args, ...process.argv.slice(2)], { stdio: 'inherit' })
process.exit(status ?? 1)
