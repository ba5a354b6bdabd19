import { expect, onTestFinished, test } from 'vitest'
import { startMember } from '../../src/compose/held-member.ts'
import { compose } from '../../src/compose.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { replicasOf } from '../../src/ensemble/replicas-of.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { startFaultyProxy } from '../chaos/faulty-proxy.ts'
import { signal, smallModel, steps } from '../conformance/support.ts'
import { startTwin } from '../wire/kit/twin.ts'
import { llamacpp } from '../wire/llamacpp.ts'

function configOf(...replicas: string[]) {
  const text = `
server: { port: 0 }
members: { m: { kind: llamacpp, replicas: ${JSON.stringify(replicas)} } }
ensembles: { e: { members: [{ id: m }] } }
`
  return parseConfig(text, { file: 'x.yaml', folder: '/', env: {} })
}

/** A log of its lines on replicas, as `[message, replica, reason]`. */
function replicaLog() {
  const lines: string[] = []
  const changes = () => {
    const all = lines.map((line) => JSON.parse(line) as { msg: string; replica: string; reason?: string })
    return all.filter(({ msg }) => msg.startsWith('replica ')).map(({ msg, replica, reason }) => [msg, replica, reason])
  }
  return { logger: createLogger('info', { write: (line) => lines.push(line) }), changes }
}

test('a member that is on its last replica says so in its view, the log and the metrics', async () => {
  const twin = await startTwin(llamacpp, smallModel())
  const { logger, changes } = replicaLog()
  // Nothing listens on port 1 of this machine.
  const gateway = await compose(configOf('http://127.0.0.1:1', twin.url), logger, '0.0.0')
  onTestFinished(async () => {
    await gateway.close()
    await twin.close()
  })
  const view = (await (await fetch(`${gateway.url}/v1/ensembles/e`)).json()) as { members: object[] }
  expect(view.members[0]).toMatchObject({
    status: 'up',
    replicas: [
      { status: 'down', reason: expect.stringContaining('ECONNREFUSED'), breaker: 'closed' },
      { url: twin.url, status: 'up', reason: null, breaker: 'closed' },
    ],
  })
  expect(changes()).toEqual([
    ['replica down', expect.stringContaining('127.0.0.1:1'), expect.stringContaining('ECONNREFUSED')],
  ])
  const page = await (await fetch(`${gateway.url}/metrics`)).text()
  expect(page).toContain('tutti_member_up{member="m"} 1')
  expect(page).toContain('tutti_replica_up{member="m",replica="0"} 0')
  expect(page).toContain('tutti_replica_up{member="m",replica="1"} 1')
})

test('a replica that goes down under calls is logged once, and once when a probe finds it again', async () => {
  const twins = await Promise.all([startTwin(llamacpp, smallModel()), startTwin(llamacpp, smallModel())])
  const proxy = await startFaultyProxy(twins[0].url)
  const { logger, changes } = replicaLog()
  const [config] = configOf(proxy.url, twins[1].url).members
  const { watch, release } = await startMember(config!, null, logger, signal)
  onTestFinished(async () => {
    await release()
    await proxy.close()
    for (const twin of twins) await twin.close()
  })
  await watch.first
  const downs = () => replicasOf(watch).map(({ down }) => down)
  expect(downs()).toEqual([null, null])
  await proxy.shut()
  for (let i = 0; i < 3; i++) expect(await steps(watch.member, [100], 1)).toHaveLength(1)
  expect(downs()).toEqual([expect.stringContaining(proxy.url), null])
  await watch.member.probe(signal)
  expect(downs()).toEqual([expect.stringContaining(proxy.url), null])
  await proxy.reopen()
  await watch.member.probe(signal)
  expect(downs()).toEqual([null, null])
  expect(watch.down()).toBeNull()
  expect(changes()).toEqual([
    ['replica down', proxy.url, expect.stringContaining(proxy.url)],
    ['replica up', proxy.url, undefined],
  ])
})
