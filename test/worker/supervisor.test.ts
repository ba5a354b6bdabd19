import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type SupervisorEvent, superviseWorker } from '../../src/worker/supervisor.ts'
import { until } from './support.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const args = [here('./fixtures/worker-entry.ts'), '--model', here('./fixtures/tiny-gru')]

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/v2/health/ready`).then(
    (response) => response.ok,
    () => false,
  )
}

test('a worker that is killed comes back at the same URL, within seconds', async () => {
  const events: SupervisorEvent[] = []
  const worker = await superviseWorker({ id: 'tiny', args, onEvent: (event) => events.push(event) })
  const first = worker.pid!
  process.kill(first, 'SIGKILL')
  await until(() => events.filter((event) => event.kind === 'started').length === 2, 10_000)
  expect(worker.pid).not.toBe(first)
  expect(await isReady(worker.url)).toBe(true)
  expect(events.map((event) => event.kind)).toEqual(['started', 'exited', 'restarting', 'started'])
  expect(events[1]).toMatchObject({ pid: first, signal: 'SIGKILL' })
  expect(events[2]).toMatchObject({ attempt: 1 })
  expect((events[2] as { inMs: number }).inMs).toBeLessThanOrEqual(250)
  await worker.close()
})

test('each further death in a row waits longer', async () => {
  const delays: number[] = []
  const onEvent = (event: SupervisorEvent) => {
    if (event.kind === 'restarting') delays.push(event.inMs)
  }
  const worker = await superviseWorker({ id: 'tiny', args, onEvent })
  for (let death = 1; death <= 3; death++) {
    await until(() => worker.pid !== null, 10_000)
    process.kill(worker.pid!, 'SIGKILL')
    await until(() => delays.length === death, 10_000)
  }
  expect(delays[1]).toBeGreaterThan(delays[0]!)
  expect(delays[2]).toBeGreaterThan(delays[1]!)
  await worker.close()
})

test('close stops the child and starts no other', async () => {
  const events: SupervisorEvent[] = []
  const worker = await superviseWorker({ id: 'tiny', args, onEvent: (event) => events.push(event) })
  const pid = worker.pid!
  await worker.close()
  expect(isRunning(pid)).toBe(false)
  expect(worker.pid).toBe(null)
  expect(events.map((event) => event.kind)).toEqual(['started', 'exited'])
})

test('a child that ignores SIGTERM is killed after the grace', async () => {
  const stubborn = here('./fixtures/stubborn-entry.ts')
  const worker = await superviseWorker({ id: 'stubborn', args: [stubborn], graceMs: 200 })
  const pid = worker.pid!
  await worker.close()
  expect(isRunning(pid)).toBe(false)
})

test('a worker that cannot load its model fails the start with its id', async () => {
  const bad = superviseWorker({ id: 'broken', args: [args[0]!, '--model', here('./fixtures')] })
  await expect(bad).rejects.toMatchObject({ code: 'invalid_model', member: 'broken' })
})

test('the child is gone after its parent is killed', async () => {
  const parent = spawn(process.execPath, [here('./fixtures/supervisor-entry.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(parent.stdout!, 'data')) as [Buffer]
  const { pid, url } = JSON.parse(line.toString()) as { pid: number; url: string }
  expect(await isReady(url)).toBe(true)
  parent.kill('SIGKILL')
  await until(() => !isRunning(pid), 5_000)
  expect(await isReady(url)).toBe(false)
})

test('a start that is aborted fails when the child has ended, also one that is stubborn', async () => {
  const events: SupervisorEvent[] = []
  const quit = new AbortController()
  const options = { args: [here('./fixtures/silent-entry.ts')], graceMs: 300, signal: quit.signal }
  const worker = superviseWorker({ id: 'silent', ...options, onEvent: (event) => events.push(event) })
  setTimeout(() => quit.abort(), 1_000)
  await expect(worker).rejects.toThrow('worker silent ended with SIG')
  expect(events).toMatchObject([{ kind: 'exited' }])
  expect(isRunning(events[0]!.kind === 'exited' ? events[0]!.pid : 0)).toBe(false)
  await expect(superviseWorker({ id: 'silent', ...options })).rejects.toBe(quit.signal.reason)
})
