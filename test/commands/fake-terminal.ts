import { Command } from 'commander'
import { defineCheck } from '../../src/commands/check.ts'
import { defineClassify } from '../../src/commands/classify.ts'
import { defineComplete } from '../../src/commands/complete.ts'
import { defineEvaluate } from '../../src/commands/evaluate.ts'
import { defineKey } from '../../src/commands/key.ts'
import { definePredict } from '../../src/commands/predict.ts'
import { defineScore } from '../../src/commands/score.ts'
import type { Terminal } from '../../src/commands/terminal.ts'
import { defineTune } from '../../src/commands/tune.ts'

export interface Shown {
  out: string
  notes: string
}

/** A terminal that remembers what it was given. */
function fakeTerminal(look: Partial<Terminal> = {}): { terminal: Terminal; shown: Shown } {
  const shown: Shown = { out: '', notes: '' }
  const terminal: Terminal = {
    write: (text) => {
      shown.out += text
    },
    note: (line) => {
      shown.notes += `${line}\n`
    },
    interactive: true,
    colour: false,
    unicode: true,
    columns: 80,
    ...look,
  }
  return { terminal, shown }
}

/** Runs a command line such as `['predict', 'text']` and returns what it wrote. */
export async function run(args: readonly string[], look: Partial<Terminal> = {}): Promise<Shown> {
  const { terminal, shown } = fakeTerminal(look)
  const program = new Command('tutti').exitOverride().configureOutput({ writeErr: (text) => (shown.notes += text) })
  defineKey(program, terminal)
  definePredict(program, terminal)
  defineScore(program, terminal)
  defineClassify(program, terminal)
  defineComplete(program, terminal)
  defineCheck(program, terminal)
  defineTune(program, terminal)
  defineEvaluate(program, terminal)
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeErr: (text) => (shown.notes += text) })
  await program.parseAsync([...args], { from: 'user' })
  return shown
}
