import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { alive, type CompletionAnswer, post, type RunningGateway, startGateway, until } from './gateway.ts'

let gateway: RunningGateway | null = null
afterEach(async () => {
  await gateway?.stop()
  gateway = null
})

const question = { model: 'tutti', prompt: 'The people of the United States', temperature: 0 }

// On a busy machine alone the start of the workers takes a minute.
describe('a gateway with embedded workers', { timeout: 300_000 }, () => {
  test('a worker killed during a request degrades the answer, which says so, and is back within 10 s', async () => {
    gateway = await startGateway()
    const { url, workers } = gateway
    const victim = 'bpe4k-gpt'
    const before = workers.get(victim) as number
    const answer = post<CompletionAnswer>(`${url}/v1/completions`, { ...question, max_tokens: 200 })
    await sleep(400)
    process.kill(before, 'SIGKILL')
    const { status, json } = await answer
    expect(status).toBe(200)
    expect(json.usage.completion_tokens).toBe(200)
    expect(json.ensemble.degraded).toBe(true)
    const lost = json.ensemble.members.find(({ id }) => id === victim)!
    expect(lost).toMatchObject({ status: 'error', effective_weight: 0, error: { code: 'member_unreachable' } })
    expect(lost.calls).toBeGreaterThan(0)
    const back = async () => {
      const { json: now } = await post<CompletionAnswer>(`${url}/v1/completions`, { ...question, max_tokens: 1 })
      return now.ensemble.degraded === false && workers.get(victim) !== before
    }
    expect(await until(back, 10_000)).toBeLessThan(10_000)
  })

  test('an interrupt leaves no child behind and ends with code 0', async () => {
    gateway = await startGateway()
    const pids = [...gateway.workers.values()]
    expect(pids.length).toBe(3)
    expect(pids.every(alive)).toBe(true)
    await gateway.stop()
    expect(gateway.process.exitCode).toBe(0)
    await until(() => !pids.some(alive), 2_000)
  })

  test('a gateway that is killed takes its workers with it', async () => {
    gateway = await startGateway()
    const pids = [...gateway.workers.values()]
    gateway.process.kill('SIGKILL')
    await until(() => !pids.some(alive), 5_000)
  })

  test('a client that goes away mid-stream ends the work for it', async () => {
    gateway = await startGateway()
    const { url } = gateway
    const controller = new AbortController()
    const response = await fetch(`${url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...question, max_tokens: 900, stream: true }),
      signal: controller.signal,
    })
    await response.body?.getReader().read()
    controller.abort()
    const calls = async () => {
      const page = await (await fetch(`${url}/metrics`)).text()
      return [...page.matchAll(/^tutti_member_calls_total\{.*\} (\d+)$/gm)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      )
    }
    await sleep(300)
    const settled = await calls()
    expect(settled).toBeGreaterThan(0)
    await sleep(500)
    expect(await calls()).toBe(settled)
  })
})
