import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Runs the program as a user would; resolves also when it fails. */
async function tutti(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [main, ...args])) }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}

test('--help lists every command', async () => {
  const { stdout } = await tutti('--help')
  const commands = [...stdout.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name)
  expect(commands).toEqual(expect.arrayContaining(['serve', 'worker', 'predict', 'complete', 'check', 'key', 'help']))
})

test('without a command it serves, and a configuration that cannot be used ends it with the reason', async () => {
  const { code, stderr } = await tutti('--config', '/nowhere/tutti.yaml')
  expect(code).toBe(1)
  expect(stderr).toBe('tutti: /nowhere/tutti.yaml does not exist; give another with --config FILE\n')
})

test('an unknown option is named', async () => {
  const { code, stderr } = await tutti('predict', 'x', '--wrods', '3')
  expect(code).toBe(1)
  expect(stderr).toContain("unknown option '--wrods'\n(Did you mean --words?)")
})
