import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { smallModel } from '../conformance/support.ts'
import { startTwin, type Twin } from '../wire/kit/twin.ts'
import { llamacpp } from '../wire/llamacpp.ts'
import { type RunningGateway, startGateway, until } from './gateway.ts'

let folder: string
let file: string
let twin: Twin
let gateway: RunningGateway
const write = (ensembles: string) =>
  writeFileSync(
    file,
    `server: { drain_ms: 400 }\nmembers: { a: { kind: llamacpp, url: '${twin.url}' } }\nensembles: ${ensembles}\n`,
  )
const models = async () => {
  const list = (await (await fetch(`${gateway.url}/v1/models`)).json()) as { data: { id: string }[] }
  return list.data.map(({ id }) => id)
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-signals-'))
  file = join(folder, 'tutti.yaml')
  twin = await startTwin(llamacpp, smallModel(), { latency: { roundTripMs: 60 } })
  write('{ one: { members: [{ id: a }] } }')
  gateway = await startGateway({ config: file })
})
afterEach(async () => {
  await gateway.stop()
  await twin.close()
  rmSync(folder, { recursive: true })
})

test('SIGHUP reads the file again; one that is wrong changes nothing and is told with its line', async () => {
  expect(gateway.log()).toContain('no keys: only this machine may use the gateway')
  write('{ two: { members: [{ id: a }] } }')
  gateway.process.kill('SIGHUP')
  await until(async () => (await models()).includes('two'), 5_000)
  write('{ three: { members: [{ id: nobody }] } }')
  gateway.process.kill('SIGHUP')
  await until(() => gateway.log().includes('not reloaded'), 5_000)
  expect(gateway.log()).toMatch(/tutti\.yaml:3:\d+: ensembles\.three\.members\[0\]\.id no member/)
  expect(await models()).toEqual(['two', 'two/a'])
})

test('a log whose reader has gone costs lines, not the gateway: streams go on, and standard error says it once', async () => {
  const body = JSON.stringify({ model: 'one', prompt: 'ab', max_tokens: 30, temperature: 1, seed: 3, stream: true })
  const headers = { 'content-type': 'application/json' }
  const stream = await fetch(`${gateway.url}/v1/completions`, { method: 'POST', headers, body })
  gateway.process.stdout!.destroy()
  for (let request = 0; request < 3; request++) await models()
  expect(await stream.text()).toMatch(/"finish_reason":"\w+"[\s\S]*data: \[DONE\]\n\n$/)
  expect(gateway.process.exitCode).toBeNull()
  expect(gateway.log().match(/the log cannot be written \(EPIPE\)/g)).toHaveLength(1)
  gateway.process.kill('SIGTERM')
  await once(gateway.process, 'exit')
  expect(gateway.process.exitCode).toBe(0)
})

test('SIGTERM ends a stream with an error event, and the process with code 0', async () => {
  const response = await fetch(`${gateway.url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'one', prompt: 'ab', max_tokens: 500, temperature: 1, seed: 3, stream: true }),
  })
  const started = performance.now()
  gateway.process.kill('SIGTERM')
  const [text] = await Promise.all([response.text(), once(gateway.process, 'exit')])
  expect(text).toContain('"code":"stopping"')
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  expect(gateway.process.exitCode).toBe(0)
  expect(performance.now() - started).toBeLessThan(3_000)
})
