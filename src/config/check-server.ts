import type { Environment } from './interpolate.ts'
import { nearest } from './nearest.ts'
import { isOpenToAll, openToAll } from './open-host.ts'
import type { Problem } from './problem.ts'
import type { ConfigFile } from './schema.ts'

type KeyFile = ConfigFile['server']['keys'][number]

/** Shorter keys can be guessed from their hash. */
const shortestKey = 16

/** Keys that can't be told apart or read, and a gateway that would be open to everybody without saying so. */
export function checkServer({ server, ensembles }: ConfigFile, env: Environment): Problem[] {
  const { keys } = server
  const names = keys.map(({ name }) => name)
  const hashes = keys.map(({ sha256 }) => sha256)
  return [
    ...checkHost(server),
    ...keys.flatMap((key, index) => {
      const path = ['server', 'keys', index]
      const repeated =
        names.indexOf(key.name) !== index || (key.sha256 !== undefined && hashes.indexOf(key.sha256) !== index)
      return [
        ...(repeated
          ? [{ path, reason: 'repeats another key', suggestion: 'give each a name and a hash of its own' }]
          : []),
        ...checkSource(key, path, env),
        ...checkEnsembles(key, path, Object.keys(ensembles)),
      ]
    }),
  ]
}

function checkHost({ host, keys, allow_anonymous: allowAnonymous }: ConfigFile['server']): Problem[] {
  return isOpenToAll({ host, keys, allowAnonymous }) ? [{ path: ['server', 'host'], ...openToAll(host) }] : []
}

function checkSource({ sha256, env: variable }: KeyFile, path: Problem['path'], env: Environment): Problem[] {
  if ((sha256 === undefined) === (variable === undefined)) {
    const reason = sha256 === undefined ? 'has neither `sha256` nor `env`' : 'has both `sha256` and `env`'
    return [{ path, reason, suggestion: '`tutti key` makes a key and its hash' }]
  }
  if (variable === undefined) return []
  const key = env[variable] ?? ''
  if (key.length >= shortestKey) return []
  const reason =
    key === ''
      ? `the environment variable ${variable} is not set`
      : `the key in ${variable} is shorter than ${shortestKey} characters`
  return [{ path: [...path, 'env'], reason, suggestion: '`tutti key` makes a key' }]
}

function checkEnsembles({ ensembles = [] }: KeyFile, path: Problem['path'], known: readonly string[]): Problem[] {
  return ensembles.flatMap((name, index) => {
    if (known.includes(name)) return []
    const meant = nearest(name, known)
    const suggestion = meant === null ? `there are: ${known.join(', ')}` : `did you mean ${meant}?`
    return [{ path: [...path, 'ensembles', index], reason: `no ensemble has the name "${name}"`, suggestion }]
  })
}
