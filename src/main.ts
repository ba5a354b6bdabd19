#!/usr/bin/env node
import { Command } from 'commander'
import { defineCheck } from './commands/check.ts'
import { defineClassify } from './commands/classify.ts'
import { CommandError } from './commands/command-error.ts'
import { defineComplete } from './commands/complete.ts'
import { defineEvaluate } from './commands/evaluate.ts'
import { defineKey } from './commands/key.ts'
import { packageVersion } from './commands/package-version.ts'
import { definePredict } from './commands/predict.ts'
import { defineScore } from './commands/score.ts'
import { defineServe } from './commands/serve.ts'
import { processTerminal } from './commands/terminal.ts'
import { defineTune } from './commands/tune.ts'
import { defineWorker } from './commands/worker.ts'
import { TuttiError } from './errors.ts'

const terminal = processTerminal(process)
const program = new Command('tutti')
  .description('One prediction out of many live language models.')
  .version(packageVersion())
  .showHelpAfterError('(--help tells more)')

defineServe(program, terminal)
definePredict(program, terminal)
defineComplete(program, terminal)
defineScore(program, terminal)
defineClassify(program, terminal)
defineWorker(program, terminal)
defineCheck(program, terminal)
defineTune(program, terminal)
defineEvaluate(program, terminal)
defineKey(program, terminal)

// A reader that has seen enough, such as `head`, closes the pipe. Servers log past this stream, as they go on then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  const foreseen = error instanceof CommandError || (error instanceof TuttiError && error.code !== 'internal')
  terminal.note(foreseen ? `tutti: ${error.message}` : `tutti: ${error instanceof Error ? error.stack : String(error)}`)
  process.exit(1)
}
