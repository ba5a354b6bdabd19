import { checkServer } from './check-server.ts'
import type { Environment } from './interpolate.ts'
import { nearest } from './nearest.ts'
import type { Problem } from './problem.ts'
import type { ConfigFile } from './schema.ts'

type EnsembleFile = ConfigFile['ensembles'][string]

/** What no field can be checked for on its own: the references and sums between fields. */
export function crossCheck(file: ConfigFile, env: Environment): Problem[] {
  const memberIds = Object.keys(file.members)
  return [
    ...checkServer(file, env),
    ...nonEmpty(memberIds, 'members', 'give at least one member'),
    ...nonEmpty(Object.keys(file.ensembles), 'ensembles', 'give at least one ensemble of these members'),
    ...Object.entries(file.members).flatMap(([id, member]) => checkSource(id, member)),
    ...Object.entries(file.ensembles).flatMap(([name, ensemble]) => [
      ...checkReferences(name, ensemble, memberIds),
      ...checkDistributions(name, ensemble, file.members),
      ...checkWeights(name, ensemble),
      ...checkStrategy(name, ensemble, file.members),
      ...checkQuorum(name, ensemble),
    ]),
  ]
}

function nonEmpty(names: readonly string[], key: string, suggestion: string): Problem[] {
  return names.length > 0 ? [] : [{ path: [key], reason: 'is empty', suggestion }]
}

function checkSource(id: string, member: ConfigFile['members'][string]): Problem[] {
  const path = ['members', id]
  const ways = member.kind === 'onnx' ? (['url', 'replicas', 'embedded'] as const) : (['url', 'replicas'] as const)
  const given = ways.filter((way) => way in member && member[way as 'url'] !== undefined)
  if (given.length === 1) return []
  const suggestion =
    'give `url` for a server that runs elsewhere, or `replicas` for several' +
    (member.kind === 'onnx' ? ', or `embedded` to have a worker started here' : '')
  const reason =
    given.length === 0 ? `has none of ${quoted(ways)}` : `has more than one of ${quoted(ways)}: ${quoted(given)}`
  return [{ path, reason, suggestion }]
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

function checkReferences(name: string, ensemble: EnsembleFile, memberIds: readonly string[]): Problem[] {
  const problems: Problem[] = []
  const seats = ensemble.members.map((seat) => seat.id)
  for (const [index, id] of seats.entries()) {
    const path = ['ensembles', name, 'members', index, 'id']
    if (!memberIds.includes(id)) {
      problems.push({ path, reason: `no member has the id "${id}"`, suggestion: suggestFrom(id, memberIds) })
    } else if (seats.indexOf(id) !== index) {
      problems.push({ path, reason: `"${id}" takes part already`, suggestion: 'list each member once' })
    }
  }
  if (ensemble.lead !== undefined && !seats.includes(ensemble.lead)) {
    const path = ['ensembles', name, 'lead']
    problems.push({
      path,
      reason: `"${ensemble.lead}" takes no part in the ensemble`,
      suggestion: suggestFrom(ensemble.lead, seats),
    })
  }
  return problems
}

/** Bytes and tokens are fused by distributions after a given text, which a member that only answers has none of. */
function checkDistributions(name: string, ensemble: EnsembleFile, members: ConfigFile['members']): Problem[] {
  if (ensemble.strategy !== 'fuse') return []
  return ensemble.members.flatMap(({ id }, index) => {
    if (!onlyAnswers(members[id])) return []
    const path = ['ensembles', name, 'members', index, 'id']
    const reason = `"${id}" gives answers (\`api: chat\`), and no distributions that could be fused by ${
      ensemble.granularity === 'auto' ? 'byte or token' : ensemble.granularity
    }`
    const suggestion = 'use `api: completions` if the model has it, or a `strategy` that chooses among answers'
    return [{ path, reason, suggestion }]
  })
}

function onlyAnswers(member: ConfigFile['members'][string] | undefined): boolean {
  return member?.kind === 'openai' && member.api === 'chat'
}

function checkStrategy(name: string, ensemble: EnsembleFile, members: ConfigFile['members']): Problem[] {
  const { strategy } = ensemble
  if (strategy === 'fuse') return []
  if (ensemble.adaptive !== 'none') {
    const path = ['ensembles', name, 'adaptive']
    const reason = `adapts the weights of distributions, and \`strategy: ${strategy}\` fuses none`
    return [{ path, reason, suggestion: 'use `adaptive: none` or `strategy: fuse`' }]
  }
  const negative = ensemble.members.findIndex((seat) => (seat.weight ?? 0) < 0)
  if (negative >= 0) {
    const path = ['ensembles', name, 'members', negative, 'weight']
    const reason = `is below 0, and \`strategy: ${strategy}\` chooses among answers, of which such a member has none to give`
    return [{ path, reason, suggestion: 'give 0 or more, or use `strategy: fuse`' }]
  }
  if (strategy !== 'rerank') return []
  const path = ['ensembles', name, 'strategy']
  const suggestion = 'use `majority` or `mbr`, or add a member that scores texts'
  if (ensemble.members.length === 1) {
    return [{ path, reason: 'rerank has the others judge, and there is one member', suggestion }]
  }
  if (!ensemble.members.every(({ id }) => onlyAnswers(members[id]))) return []
  return [{ path, reason: 'rerank needs a member that scores texts, and all are of `api: chat`', suggestion }]
}

function suggestFrom(word: string, names: readonly string[]): string {
  const meant = nearest(word, names)
  return meant === null ? `there are: ${names.join(', ')}` : `did you mean ${meant}?`
}

function checkWeights(name: string, ensemble: EnsembleFile): Problem[] {
  const given = ensemble.members.filter((seat) => seat.weight !== undefined)
  if (given.length === 0) return []
  if (given.length < ensemble.members.length) {
    const index = ensemble.members.findIndex((seat) => seat.weight === undefined)
    const path = ['ensembles', name, 'members', index, 'weight']
    return [
      { path, reason: 'is missing while others are given', suggestion: 'give every weight, or none for equal shares' },
    ]
  }
  const negative = ensemble.members.findIndex((seat) => (seat.weight ?? 0) < 0)
  if (negative >= 0 && ensemble.adaptive !== 'none') {
    const path = ['ensembles', name, 'members', negative, 'weight']
    const reason = `is below 0 with \`adaptive: ${ensemble.adaptive}\`, which weighs members by what they foresee`
    return [{ path, reason, suggestion: 'give 0 or more, or use `adaptive: none`' }]
  }
  if (negative >= 0 && ensemble.pool !== 'log_linear') {
    const path = ['ensembles', name, 'members', negative, 'weight']
    return [
      {
        path,
        reason: `is below 0 in a ${ensemble.pool} pool`,
        suggestion: 'give 0 or more, or use `pool: log_linear`',
      },
    ]
  }
  if (ensemble.members.reduce((sum, seat) => sum + (seat.weight ?? 0), 0) > 0) return []
  return [
    {
      path: ['ensembles', name, 'members'],
      reason: 'the weights have no sum above 0',
      suggestion: 'give the members a sum of weights above 0; they are scaled to sum to 1',
    },
  ]
}

function checkQuorum(name: string, ensemble: EnsembleFile): Problem[] {
  const count = ensemble.members.length
  if (ensemble.grace_ms !== undefined && ensemble.on_member_loss === 'fail') {
    const reason = 'leaves out members that are late, which `on_member_loss: fail` forbids'
    return [{ path: ['ensembles', name, 'grace_ms'], reason, suggestion: 'give one of the two' }]
  }
  if (ensemble.quorum <= count) return []
  const path = ['ensembles', name, 'quorum']
  return [{ path, reason: `${ensemble.quorum} is more than the ${count} members`, suggestion: `at most ${count}` }]
}
