import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'

/** What a committed figure must name to mean anything. */
export function describeMachine(): string {
  const dirty = execFileSync('git', ['status', '--porcelain', '--', 'src', 'models'], { encoding: 'utf8' }).length > 0
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const facts = {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    commit: dirty ? `${commit}, with changes` : commit,
    date: new Date().toISOString().slice(0, 10),
  }
  return Object.entries(facts)
    .map(([name, fact]) => `${name} ${fact}`)
    .join(', ')
}
