import { stripTypeScriptTypes } from 'node:module'

/**
 * TypeScript as a browser takes it: types become blanks, so that lines and columns stay, and the one package that the page imports
 * becomes the file that is served.
 */
export function stripTypes(source: string): string {
  return quietly(() => stripTypeScriptTypes(source)).replaceAll(" from 'uplot'", " from './uplot.js'")
}

/**
 * Node calls the function experimental, though it is the one that runs this program; its warning would stand in the log of every
 * gateway. Synchronous, so that no other warning is kept back.
 */
function quietly<Result>(run: () => Result): Result {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return run()
  } finally {
    process.emitWarning = emitWarning
  }
}
