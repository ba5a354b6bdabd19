import { expect, test } from 'vitest'
import { compose } from '../../src/compose.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createLogger } from '../../src/observability/logger.ts'

// Nothing listens on port 1 of this machine, and nothing may without privileges.
const config = parseConfig(
  `
server: { port: 0 }
members: { a: { kind: onnx, url: 'http://127.0.0.1:1' } }
ensembles: { e: { members: [{ id: a }] } }
`,
  { file: 'x.yaml', folder: '/', env: {} },
)

test('a gateway whose members are down starts, says so, refuses to answer, and closes', async () => {
  const log: string[] = []
  const gateway = await compose(config, createLogger('info', { write: (line) => log.push(line) }), '0.0.0')
  try {
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200)
    const readiness = await fetch(`${gateway.url}/readyz`)
    expect(readiness.status).toBe(503)
    const [ensemble] = ((await readiness.json()) as { ensembles: { down: unknown[] }[] }).ensembles
    expect(ensemble?.down).toEqual([{ id: 'a', reason: expect.stringContaining('ECONNREFUSED') }])
    const shown = (await (await fetch(`${gateway.url}/v1/ensembles/e`)).json()) as { members: object[] }
    expect(shown.members[0]).toMatchObject({
      replicas: [
        {
          url: 'http://127.0.0.1:1',
          status: 'down',
          reason: expect.stringContaining('ECONNREFUSED'),
          breaker: 'closed',
        },
      ],
      latency: null,
      probe: {
        ok: false,
        notes: [expect.stringContaining('ECONNREFUSED'), 'start the server, or correct `url`'],
      },
    })
    const page = await (await fetch(`${gateway.url}/metrics`)).text()
    expect(page).toContain('tutti_breaker_state{member="a",replica="0"} 0')
    expect(page).toContain('tutti_replica_up{member="a",replica="0"} 0')
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ model: 'e', prompt: 'x' })
    const answer = await fetch(`${gateway.url}/v1/completions`, { method: 'POST', headers, body })
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ error: { code: 'quorum_not_met' } })
  } finally {
    await gateway.close()
  }
  expect(log.join('')).toContain('"msg":"member down"')
  await expect(fetch(`${gateway.url}/livez`)).rejects.toThrow()
})
