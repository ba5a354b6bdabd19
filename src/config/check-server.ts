import type { Environment } from './interpolate.ts'
import { nearest } from './nearest.ts'
import { isOpenToAll, openToAll } from './open-host.ts'
import { formatPath, type Problem } from './problem.ts'
import { hashOfKey, keyIn } from './resolve-server.ts'
import type { ConfigFile } from './schema.ts'
import { bearerText, notVisible } from './secret-text.ts'

type KeyFile = ConfigFile['server']['keys'][number]

/** Shorter keys can be guessed from their hash. */
const shortestKey = 16

/** Keys that can't be told apart or read, and a gateway that would be open to everybody without saying so. */
export function checkServer({ server, ensembles }: ConfigFile, env: Environment): Problem[] {
  const { keys } = server
  return [
    ...checkHost(server),
    ...checkRepeated('name', ({ name }) => name, keys),
    ...checkRepeated('key', (key) => hashOf(key, env), keys),
    ...keys.flatMap((key, index) => {
      const path = ['server', 'keys', index]
      return [...checkSource(key, path, env), ...checkEnsembles(key, path, Object.keys(ensembles))]
    }),
  ]
}

/** Null where there is no key: that is another problem. */
function hashOf(key: KeyFile, env: Environment): string | null {
  if (key.sha256 !== undefined) return key.sha256
  const text = keyIn(key, env)
  return text === '' ? null : hashOfKey(text)
}

function checkRepeated(what: string, of: (key: KeyFile) => string | null, keys: readonly KeyFile[]): Problem[] {
  const all = keys.map(of)
  return all.flatMap((one, index) => {
    const first = all.indexOf(one)
    if (one === null || first === index) return []
    const reason = `repeats the ${what} of ${formatPath(['server', 'keys', first])}`
    return [{ path: ['server', 'keys', index], reason, suggestion: `give each a ${what} of its own` }]
  })
}

function checkHost({ host, keys, allow_anonymous: allowAnonymous }: ConfigFile['server']): Problem[] {
  return isOpenToAll({ host, keys, allowAnonymous }) ? [{ path: ['server', 'host'], ...openToAll(host) }] : []
}

function checkSource(entry: KeyFile, path: Problem['path'], env: Environment): Problem[] {
  const { sha256, env: variable } = entry
  if ((sha256 === undefined) === (variable === undefined)) {
    const reason = sha256 === undefined ? 'has neither `sha256` nor `env`' : 'has both `sha256` and `env`'
    return [{ path, reason, suggestion: '`tutti key` makes a key and its hash' }]
  }
  if (variable === undefined) return []
  const reason = unfit(keyIn(entry, env), variable)
  return reason === null ? [] : [{ path: [...path, 'env'], reason, suggestion: '`tutti key` makes a key' }]
}

function unfit(key: string, variable: string): string | null {
  if (key === '') return `the environment variable ${variable} is not set`
  if (!bearerText.test(key)) return `the key in ${variable} holds ${notVisible}`
  return key.length < shortestKey ? `the key in ${variable} is shorter than ${shortestKey} characters` : null
}

function checkEnsembles({ ensembles = [] }: KeyFile, path: Problem['path'], known: readonly string[]): Problem[] {
  return ensembles.flatMap((name, index) => {
    if (known.includes(name)) return []
    const meant = nearest(name, known)
    const suggestion = meant === null ? `there are: ${known.join(', ')}` : `did you mean ${meant}?`
    return [{ path: [...path, 'ensembles', index], reason: `no ensemble has the name "${name}"`, suggestion }]
  })
}
