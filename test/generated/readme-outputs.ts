/**
 * Puts the real output of every command that README.md shows into README.md: `npm run readme`. The gateway is the shipped one.
 */
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { post, startGateway } from '../end-to-end/gateway.ts'
import { parseCurl, parseTutti, shownExamples } from '../end-to-end/readme-examples.ts'

const root = new URL('../../', import.meta.url)
const file = new URL('README.md', root)
const run = promisify(execFile)
let readme = readFileSync(file, 'utf8')
const gateway = await startGateway()
for (const { command, shown } of shownExamples(readme)) {
  if (shown === '') throw new Error(`the README has no place for the output of: ${command}`)
  const curl = parseCurl(command)
  if (curl !== null) {
    const { json } = await post<object>(gateway.url + curl.path, curl.body)
    readme = readme.replace(shown, () => `${JSON.stringify(json, null, 2)}\n`)
    continue
  }
  const { name, args } = parseTutti(command)
  const { stdout } = await run(process.execPath, ['src/main.ts', name, '--url', gateway.url, ...args], { cwd: root })
  readme = readme.replace(shown, () => `${stdout.trimEnd()}\n`)
}
await gateway.stop()
// The folded answer is announced by its text.
const text = /"text": ("(?:[^"\\]|\\.)*"),\n\s+"logprobs"/.exec(readme)?.[1]
if (text !== undefined)
  readme = readme.replace(
    /<summary>.*<\/summary>/,
    () => `<summary>${text}, with the diagnosis (shown indented)</summary>`,
  )
writeFileSync(file, readme)
