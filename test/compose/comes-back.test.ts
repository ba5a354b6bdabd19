import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { compose } from '../../src/compose.ts'
import { parseConfig } from '../../src/config/parse.ts'
import type { Diagnosis } from '../../src/ensemble/diagnosis.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { startFaultyProxy } from '../chaos/faulty-proxy.ts'
import { smallModel } from '../conformance/support.ts'
import { startTwin } from '../wire/kit/twin.ts'
import { scripted } from '../wire/kit/twin-model.ts'
import { llamacpp } from '../wire/llamacpp.ts'

const tokens = 400
const path = Array.from({ length: tokens }, (_, at) => 97 + (at % 20))

test('a server that is restarted in the middle of a completion is lost and back, and the diagnosis says so', async () => {
  const slow = { latency: { perTokenMs: 10 } }
  const model = scripted(smallModel(), 2, path)
  const twins = await Promise.all([startTwin(llamacpp, model, slow), startTwin(llamacpp, model, slow)])
  const proxy = await startFaultyProxy(twins[1].url)
  const text = `
server: { port: 0 }
members: { a: { kind: llamacpp, url: '${twins[0].url}' }, b: { kind: llamacpp, url: '${proxy.url}' } }
ensembles: { e: { members: [{ id: a }, { id: b }], granularity: byte } }
`
  const config = parseConfig(text, { file: 'x.yaml', folder: '/', env: {} })
  const gateway = await compose(config, createLogger('silent', { write() {} }), '0')
  onTestFinished(async () => {
    await gateway.close()
    await proxy.close()
    for (const twin of twins) await twin.close()
  })
  const body = { model: 'e', prompt: 'ab', max_tokens: tokens, temperature: 0, stream: true }
  const answer = await fetch(`${gateway.url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const reading = answer.text()
  await sleep(300)
  await proxy.shut()
  await sleep(200)
  await proxy.reopen()
  const events = (await reading).split('\n\n').filter((event) => event.startsWith('data: {'))
  const chunks = events.map(
    (event) => JSON.parse(event.slice(6)) as { choices: { text: string }[]; ensemble?: Diagnosis },
  )
  expect(chunks.map(({ choices }) => choices[0]!.text).join('')).toHaveLength(tokens)
  const { degraded, missing_weight: missing, members } = chunks.at(-1)!.ensemble!
  const [there, back] = members
  expect(degraded).toBe(true)
  expect(there).not.toHaveProperty('away')
  expect(back).toMatchObject({ status: 'ok', effective_weight: 0.5 })
  expect(back!.away).toEqual([
    { from_step: expect.any(Number), to_step: expect.any(Number), code: 'member_unreachable' },
  ])
  const { from_step: from, to_step: to } = back!.away![0]!
  expect(to!).toBeGreaterThan(from)
  expect(missing).toBeCloseTo((0.5 * (to! - from)) / tokens, 9)
})
