import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applied, type Mutant } from './mutants.ts'

const root = new URL('../../', import.meta.url).pathname
const parts = ['src', 'test/core', 'test/laws', 'test/ensemble', 'package.json', 'tsconfig.json']

/** Test files, by the beginning of their path; a run that takes longer than the limit hangs, and a hang is found out. */
export interface Stage {
  readonly tests: string
  readonly limitMs: number
}

/** A copy of what the tests of core need, in which faults do no harm. */
export class Copy {
  readonly #path = mkdtempSync(join(tmpdir(), 'tutti-mutation-'))

  constructor() {
    for (const part of parts) cpSync(join(root, part), join(this.#path, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(this.#path, 'node_modules'))
  }

  /** Whether every stage of tests finds nothing wrong; the first that does ends it. */
  async survives(mutant: Mutant, stages: readonly Stage[]): Promise<boolean> {
    const file = join(this.#path, mutant.file)
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, applied(text, mutant))
    let survives = true
    for (const stage of stages) survives &&= await this.passes(stage)
    writeFileSync(file, text)
    return survives
  }

  remove(): void {
    rmSync(this.#path, { recursive: true })
  }

  /** One thread in one process, so that a run that hangs can be ended as a whole. */
  passes({ tests, limitMs }: Stage): Promise<boolean> {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const options = ['--pool', 'threads', '--no-isolate', '--maxWorkers', '1', '--bail', '1', '--passWithNoTests']
    return new Promise((resolve) => {
      const child = spawn(process.execPath, ['--max-old-space-size=1024', vitest, 'run', ...options, tests], {
        cwd: this.#path,
        stdio: 'ignore',
      })
      const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
      child.once('exit', (code) => {
        clearTimeout(timer)
        resolve(code === 0)
      })
    })
  }
}
