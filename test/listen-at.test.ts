import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listenAt } from '../src/listen-at.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const taken = createServer()
let port: string
let folder: string
let config: string
beforeAll(async () => {
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
  port = String((taken.address() as AddressInfo).port)
  folder = mkdtempSync(join(tmpdir(), 'tutti-listen-'))
  config = join(folder, 'tutti.yaml')
  const ensembles = 'ensembles: { e: { members: [{ id: a }] } }'
  writeFileSync(config, `members: { a: { kind: llamacpp, url: 'http://127.0.0.1:9' } }\n${ensembles}\n`)
})
afterAll(() => {
  taken.close()
  rmSync(folder, { recursive: true })
})

const serve = () => ['serve', '--allow-anonymous', '--config', config]
const worker = () => ['worker', '--model', here('./worker/fixtures/tiny-gru')]

test.each([
  ['serve', serve],
  ['worker', worker],
])('%s: a port in use and an address of another machine are one line each, and code 1', async (_, command) => {
  const run = (host: string) =>
    promisify(execFile)(process.execPath, [here('../src/main.ts'), ...command(), '--host', host, '--port', port])
  await expect(run('127.0.0.1')).rejects.toMatchObject({
    code: 1,
    stderr: `tutti: port ${port} of 127.0.0.1 is in use; stop what listens there, or give another with --port\n`,
  })
  // Of the block for documentation (RFC 5737): no machine has it.
  await expect(run('192.0.2.1')).rejects.toMatchObject({
    code: 1,
    stderr: 'tutti: 192.0.2.1 is no address of this machine; give one that is with --host\n',
  })
})

test.each([
  ['EACCES', 'port 80 of somewhere is not for this user'],
  ['ENOTFOUND', 'the host somewhere is not known'],
  ['EAI_AGAIN', 'the host somewhere is not known'],
])('%s is told as what it is', async (code, words) => {
  const app = { listen: () => Promise.reject(Object.assign(new Error('listen'), { code })) }
  await expect(listenAt(app, { host: 'somewhere', port: 80 })).rejects.toMatchObject({
    code: 'invalid_config',
    message: expect.stringContaining(words),
  })
})

test('another failure stays what it is', async () => {
  const failure = new Error('a fault')
  await expect(listenAt({ listen: () => Promise.reject(failure) }, { host: 'x', port: 1 })).rejects.toBe(failure)
})
