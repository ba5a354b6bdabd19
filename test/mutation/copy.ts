import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { applied, type Mutant } from './mutants.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const parts = ['src', 'test', 'package.json', 'tsconfig.json']

function isOwn(path: string): boolean {
  return !path.endsWith('node_modules')
}

/** Test files, by the beginning of their path; a run that needs more seconds of a processor than the limit hangs. */
export interface Stage {
  readonly tests: string
  readonly limit: number
}

export type Outcome = 'passed' | 'failed' | 'hung'

export interface Run {
  readonly outcome: Outcome
  readonly seconds: number
}

/** A copy of what the tests of core need, in which faults do no harm. */
export class Copy {
  readonly #path = mkdtempSync(join(tmpdir(), 'tutti-mutation-'))

  constructor() {
    for (const part of parts) cpSync(join(root, part), join(this.#path, part), { recursive: true, filter: isOwn })
    symlinkSync(join(root, 'node_modules'), join(this.#path, 'node_modules'))
  }

  /** What the first stage of tests says that doesn't pass; `passed` when all do. */
  async outcomeOf(mutant: Mutant, stages: readonly Stage[]): Promise<Outcome> {
    const file = join(this.#path, mutant.file)
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, applied(text, mutant))
    let outcome: Outcome = 'passed'
    for (const stage of stages) if (outcome === 'passed') outcome = (await this.run(stage)).outcome
    writeFileSync(file, text)
    return outcome
  }

  remove(): void {
    rmSync(this.#path, { recursive: true })
  }

  /**
   * One thread in one process, so that a run that hangs can be ended as a whole. Time is that of a processor: on a busy
   * machine a fault must not be found because its tests were slow.
   */
  run({ tests, limit }: Stage): Promise<Run> {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const options = ['--pool', 'threads', '--no-isolate', '--maxWorkers', '1', '--bail', '1', '--passWithNoTests']
    options.push('--testTimeout', '60000')
    const command = [process.execPath, '--max-old-space-size=1024', vitest, 'run', ...options, tests]
    const script = `ulimit -t ${Math.ceil(limit)}; "$@" >&2; code=$?; times; exit $code`
    const child = spawn('sh', ['-c', script, 'sh', ...command], {
      cwd: this.#path,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let times = ''
    child.stdout.on('data', (chunk) => {
      times += chunk
    })
    return new Promise((resolve) => {
      child.once('close', (code) => {
        const outcome = code === 0 ? 'passed' : killed.includes(code ?? 0) ? 'hung' : 'failed'
        resolve({ outcome, seconds: secondsOf(times) })
      })
    })
  }
}

/** Codes by which a shell says that a command was ended for its time: 128 and the number of SIGXCPU or SIGKILL. */
const killed = [152, 137]

/** What `times` says that commands took (POSIX: user and system time, the shell's and then its children's). */
function secondsOf(times: string): number {
  const [, children = ''] = times.split('\n')
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + 60 * Number(m) + Number(s), 0)
}
