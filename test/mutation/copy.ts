import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applied, type Mutant } from './mutants.ts'

const root = new URL('../../', import.meta.url).pathname
const parts = ['src', 'test/core', 'test/laws', 'test/ensemble', 'package.json', 'tsconfig.json']

/** Test files, by the beginning of their path; a run that needs more seconds of a processor than the limit hangs. */
export interface Stage {
  readonly tests: string
  readonly limit: number
}

export type Outcome = 'passed' | 'failed' | 'hung'

/** A copy of what the tests of core need, in which faults do no harm. */
export class Copy {
  readonly #path = mkdtempSync(join(tmpdir(), 'tutti-mutation-'))

  constructor() {
    for (const part of parts) cpSync(join(root, part), join(this.#path, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(this.#path, 'node_modules'))
  }

  /** What the first stage of tests says that doesn't pass; `passed` when all do. */
  async outcomeOf(mutant: Mutant, stages: readonly Stage[]): Promise<Outcome> {
    const file = join(this.#path, mutant.file)
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, applied(text, mutant))
    let outcome: Outcome = 'passed'
    for (const stage of stages) if (outcome === 'passed') outcome = await this.run(stage)
    writeFileSync(file, text)
    return outcome
  }

  remove(): void {
    rmSync(this.#path, { recursive: true })
  }

  /**
   * One thread in one process, so that a run that hangs can be ended as a whole. A limit of processor time, not of time:
   * on a busy machine a fault must not be found because its tests were slow.
   */
  run({ tests, limit }: Stage): Promise<Outcome> {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const options = ['--pool', 'threads', '--no-isolate', '--maxWorkers', '1', '--bail', '1', '--passWithNoTests']
    const command = [process.execPath, '--max-old-space-size=1024', vitest, 'run', ...options, tests]
    return new Promise((resolve) => {
      const limited = ['-c', `ulimit -t ${Math.ceil(limit)}; exec "$@"`, 'sh', ...command]
      const child = spawn('sh', limited, { cwd: this.#path, stdio: 'ignore' })
      child.once('exit', (code, signal) => {
        resolve(code === 0 ? 'passed' : signal === 'SIGXCPU' || signal === 'SIGKILL' ? 'hung' : 'failed')
      })
    })
  }
}
