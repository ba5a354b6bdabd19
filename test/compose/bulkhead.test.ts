import { expect, onTestFinished, test } from 'vitest'
import { compose } from '../../src/compose.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { smallModel } from '../conformance/support.ts'
import { startTwin } from '../wire/kit/twin.ts'
import { llamacpp } from '../wire/llamacpp.ts'

test('calls that a bulkhead sheds take no member down, open no breaker and are not made again', async () => {
  const twin = await startTwin(llamacpp, smallModel())
  const member = `kind: llamacpp, url: '${twin.url}', max_concurrent: 1, max_waiting: 1, breaker: { failures: 1 }`
  const text = `
server: { port: 0 }
members: { a: { ${member} } }
ensembles: { e: { members: [{ id: a }], on_member_loss: fail, decoding: stepwise } }
`
  const log: { msg: string }[] = []
  const config = parseConfig(text, { file: 'x.yaml', folder: '/', env: {} })
  const gateway = await compose(config, createLogger('info', { write: (line) => log.push(JSON.parse(line)) }), '0')
  onTestFinished(async () => {
    await gateway.close()
    await twin.close()
  })
  const made = () => twin.calls.filter(({ route }) => route === 'POST /completion').length
  const predict = (prompt: string) =>
    fetch(`${gateway.url}/v1/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'e', prompt }),
    })
  twin.latency = { roundTripMs: 300 }
  const before = made()
  const first = predict('a')
  await expect.poll(() => made() - before).toBe(1)
  // One of them waits, the others are shed at once.
  const others = ['ab', 'aba', 'abab'].map(predict)
  const shed = await Promise.race(others)
  expect(shed.status).toBe(503)
  expect(shed.headers.get('retry-after')).toBe('1')
  expect(await shed.json()).toMatchObject({ error: { code: 'member_busy' } })
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200)
  expect((await first).status).toBe(200)
  const statuses = (await Promise.all(others)).map(({ status }) => status)
  expect(statuses.sort()).toEqual([200, 503, 503])
  expect(made() - before).toBe(2)
  const known = (await (await fetch(`${gateway.url}/v1/ensembles/e`)).json()) as Standing
  expect(known.members[0]).toMatchObject({ replicas: [{ breaker: 'closed' }] })
  expect((await predict('b')).status).toBe(200)
  expect(log.filter(({ msg }) => msg.includes('down'))).toEqual([])
})

interface Standing {
  readonly members: readonly object[]
}
