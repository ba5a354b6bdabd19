import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { post, type RunningGateway, startGateway } from './gateway.ts'
import { parseCurl, parseTutti, shownExamples } from './readme-examples.ts'

const root = new URL('../../', import.meta.url)
const readme = readFileSync(new URL('README.md', root), 'utf8')
const run = promisify(execFile)

const examples = shownExamples(readme)

/** A value with all its content taken out: which keys there are, and of what type. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]))
}

/** The fixed words of terminal output: quoted text, figures, bars and white space taken out. */
function wordsOf(text: string): string[] {
  return [...new Set(text.replace(/'[^']*'/g, ' ').match(/[a-z][a-z0-9-]+/gi) ?? [])].sort()
}

let gateway: RunningGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

/** Does what a curl command of the README does, without needing curl. */
async function answerTo(command: string): Promise<unknown> {
  const curl = parseCurl(command)
  return curl === null ? null : (await post(gateway.url + curl.path, curl.body)).json
}

/** Runs a terminal command of the README, but against the gateway of the test. */
async function outputOf(command: string): Promise<string> {
  const { name, args } = parseTutti(command)
  return (await run(process.execPath, ['src/main.ts', name, '--url', gateway.url, ...args], { cwd: root })).stdout
}

describe('README', () => {
  test('shows the output of a completion, a prediction and the terminal commands', () => {
    const first = examples.map(({ command }) => command.split(' ').slice(0, 3).join(' '))
    expect(first.filter((command) => command.startsWith('curl'))).toHaveLength(2)
    expect(first).toContain('npx tutti predict')
    expect(first).toContain('npx tutti complete')
    expect(first).toContain('npx tutti score')
    expect(first).toContain('npx tutti classify')
    expect(examples.filter(({ shown }) => shown.trim() === '')).toEqual([])
  })

  test('is walked through by the script of continuous integration, command by command', () => {
    const script = readFileSync(new URL('.ci/run', root), 'utf8')
    const commands = [...readme.matchAll(/```sh\n([^`]*)```/g)].flatMap(([, block = '']) =>
      block.trim().split(/\n| && /),
    )
    expect(commands.length).toBeGreaterThan(5)
    expect(commands.filter((command) => !script.includes(command))).toEqual([])
  })

  test.each(examples.filter(({ command }) => command.startsWith('curl')))(
    '$command answers in the shape shown',
    async ({ command, shown }) => {
      expect(shapeOf(await answerTo(command))).toEqual(shapeOf(JSON.parse(shown)))
    },
  )

  test.each(examples.filter(({ command }) => command.startsWith('npx tutti predict')))(
    '$command prints what is shown',
    async ({ command, shown }) => {
      const printed = await outputOf(command)
      expect(wordsOf(printed)).toEqual(wordsOf(shown))
      expect(printed.split('\n')[0]).toBe(shown.split('\n')[0])
      expect(printed.match(/%/g)?.length).toBe(shown.match(/%/g)?.length)
    },
  )

  test.each(examples.filter(({ command }) => command.startsWith('npx tutti complete')))(
    '$command prints text',
    async ({ command, shown }) => {
      const printed = await outputOf(command)
      expect(printed.trim().split(/\s+/).length).toBeGreaterThan(5)
      expect(shown.trim().split(/\s+/).length).toBeGreaterThan(5)
    },
  )
})
