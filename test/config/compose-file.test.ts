import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'

const file = (path: string) => new URL(`../../${path}`, import.meta.url).pathname

interface Service {
  readonly command: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
}

async function services(): Promise<Record<string, Service>> {
  return parse(await readFile(file('docker-compose.yml'), 'utf8'), { merge: true }).services
}

test('every member of config/compose.yaml is a service that listens where its URL says', async () => {
  const { gateway, ...workers } = await services()
  const { members } = await loadConfig(file('config/compose.yaml'), {})
  const urls = Object.entries(workers).map(
    ([name, { command }]) => `http://${name}:${command[command.indexOf('--port') + 1]}`,
  )
  expect(urls).toEqual(members.flatMap(({ source }) => ('urls' in source ? source.urls : source.model)))
  expect(gateway?.command).toEqual(['serve', '--config', 'config/compose.yaml'])
})

test('each worker serves the model of its name, and the gateway waits until all are healthy', async () => {
  const { gateway, ...workers } = await services()
  for (const [name, { command, healthcheck }] of Object.entries(workers)) {
    expect(command).toContain(`models/${name}`)
    expect(healthcheck?.test.join(' ')).toContain('/v2/health/ready')
    expect(gateway?.depends_on?.[name]).toEqual({ condition: 'service_healthy' })
  }
})
