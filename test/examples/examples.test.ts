import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningGateway, startGateway } from '../end-to-end/gateway.ts'
import { exampleFiles, examplesPage } from '../generated/examples.ts'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url)
const files = exampleFiles()
const inFolder = (folder: string) => files.filter(({ path }) => path.startsWith(`${folder}/`))

let gateway: RunningGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

/** What each operation prints, whatever the language. */
const printed: Readonly<Record<string, RegExp>> = {
  predict: /^" " 0\.\d{3}, at least 0\.\d{3}, at most [01]\.\d{3}\n[\s\S]*" \w+" 0\.\d{3} \(byte-gru 0\.\d{3}, /,
  complete: /\S(\s+\S+){3}/,
  chat: /^[\s\S]+\n\d+ tokens$/,
  score: /^" union" -\d+\.\d\d, \d\.\d\d bits per byte\n" onion" -/,
  classify: /^My fellow [^\n]*: Congress \([01]\.\d{3}\)\na function [^\n]*: Python \([01]\.\d{3}\)$/,
}

describe('every example', () => {
  test.each(inFolder('typescript'))('$path prints what it is for', async ({ path }) => {
    const env = { ...process.env, TUTTI_URL: gateway.url }
    const { stdout } = await run(process.execPath, [`test/examples/${path}`], { cwd: root, env })
    expect(stdout.trim()).toMatch(printed[operationOf(path)] as RegExp)
  })

  // Without needing curl: what it sends is sent.
  test.each(inFolder('curl'))('$path asks for what it gets', async ({ path, content }) => {
    const command =
      /curl -sN? "\$\{TUTTI_URL:-http:\/\/127\.0\.0\.1:8080\}(\/\S+)" -H 'content-type: application\/json' -d '([^']*)'\n$/
    const [, route = '', body = ''] = command.exec(content) ?? []
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(gateway.url + route, { method: 'POST', headers, body })
    const answer = await response.text()
    expect(response.status, answer).toBe(200)
    expect(answer).toMatch(answered[operationOf(path)] as RegExp)
  })

  test('is shown, and run by continuous integration', () => {
    const page = examplesPage()
    const script = readFileSync(new URL('.ci/examples', root), 'utf8')
    expect(files.map(({ path }) => path).filter((path) => !page.includes(path))).toEqual([])
    const folders = new Set(files.map(({ path }) => path.split('/')[0] as string))
    expect([...folders].filter((folder) => !script.includes(`test/examples/${folder}/*`))).toEqual([])
    expect(readFileSync(new URL('.ci/run', root), 'utf8')).toContain('.ci/examples')
  })
})

const answered: Readonly<Record<string, RegExp>> = {
  predict: /"symbols":\[\{"symbol":32,/,
  complete: /^data: \{[\s\S]*data: \[DONE\]\n\n$/,
  chat: /"role":"assistant"/,
  score: /"scores":\[\{[\s\S]*"index":1/,
  classify: /"label":" Congress"[\s\S]*"label":" Python"/,
}

function operationOf(path: string): string {
  return /\/(\w+)\./.exec(path)?.[1] ?? ''
}
