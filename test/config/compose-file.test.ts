import { existsSync, globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { readScenario } from '../load/scenario.ts'

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

interface Service {
  readonly image: string
  readonly build?: { readonly context: string; readonly target: string }
  readonly command: readonly string[]
  readonly profiles?: readonly string[]
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly environment?: Readonly<Record<string, string>> | readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly deploy?: { readonly resources: { readonly limits?: { readonly cpus: string; readonly memory: string } } }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const compose: ComposeFile = parse(await readFile(file('docker-compose.yml'), 'utf8'), { merge: true })
const services = Object.entries(compose.services)
const dockerfile = await readFile(file('Dockerfile'), 'utf8')

const after = (command: readonly string[], flag: string) => command[command.indexOf(flag) + 1] as string
const gateways = services.filter(([, { command }]) => command?.[0] === 'serve')
const workers = services.filter(([, { command }]) => command?.[0] === 'worker')
/** The key itself comes from the environment. */
const env = { TUTTI_KEY: 'a-key-of-a-test-only' }

test('every service says how healthy it is and has limits, and none but this machine reaches its ports', () => {
  for (const [name, { healthcheck, deploy, ports = [] }] of services) {
    expect(healthcheck?.test.length, name).toBeGreaterThan(1)
    expect(deploy?.resources.limits, name).toMatchObject({ cpus: expect.any(String), memory: expect.any(String) })
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  }
  const published = services.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')[1]))
  expect(new Set(published).size).toBe(published.length)
})

test('what is mounted from this folder is configuration that is there, read-only; other volumes are declared', () => {
  for (const [source, target, mode] of services.flatMap(([, { volumes = [] }]) =>
    volumes.map((one) => one.split(':')),
  )) {
    expect(target).toMatch(/^\//)
    if (source?.startsWith('.')) {
      expect(source).toMatch(/^\.\/config\//)
      expect(existsSync(file(source)), source).toBe(true)
      expect(mode).toBe('ro')
    } else expect(compose.volumes).toHaveProperty(source as string)
  }
})

test('every dependency is a service that the same profiles start, and is waited for', () => {
  for (const [name, { depends_on: needed = {}, profiles = [] }] of services) {
    for (const [other, { condition }] of Object.entries(needed)) {
      const its = compose.services[other]?.profiles ?? []
      expect(compose.services, `${name} needs ${other}`).toHaveProperty(other)
      expect(its.length === 0 || profiles.every((profile) => its.includes(profile))).toBe(true)
      expect(condition).toMatch(/^service_(healthy|completed_successfully)$/)
    }
  }
})

test('no image floats but llama.cpp, which has no others; our own are stages of the Dockerfile', () => {
  const built = services.filter(([, { build }]) => build !== undefined).map(([, { image }]) => image)
  // Builders that run at once can't give one name to several images.
  expect(new Set(built).size).toBe(built.length)
  for (const [name, { image, build }] of services) {
    if (build !== undefined) expect(dockerfile).toContain(` AS ${build.target}\n`)
    else if (name !== 'llamacpp' && !built.includes(image)) expect(image).toMatch(/:v?\d/)
  }
})

test('every gateway serves a configuration that loads, listens to all, and whose members are services it waits for', async () => {
  expect(gateways.map(([name]) => name)).toContain('gateway')
  for (const [name, { command, depends_on: needed = {} }] of gateways) {
    const { server, members } = await loadConfig(file(after(command, '--config')), env)
    expect(server.host, name).toBe('0.0.0.0')
    expect(server.port).toBe(8080)
    for (const { source } of members) {
      const [url] = 'urls' in source ? source.urls : []
      const { hostname, port } = new URL(url as string)
      expect(needed).toHaveProperty(hostname)
      expect(after(compose.services[hostname]?.command ?? [], '--port')).toBe(port)
    }
  }
})

test('without a key only gateways whose ports stay on this machine serve anybody', async () => {
  for (const [, { command, ports = [] }] of gateways) {
    const { server } = await loadConfig(file(after(command, '--config')), env)
    if (server.keys.length === 0) expect(ports).toHaveLength(1)
  }
  await expect(loadConfig(file('config/compose-scale.yaml'), {})).rejects.toThrow('TUTTI_KEY')
})

test('each worker serves the model of its name, and is asked whether it is ready', () => {
  expect(workers).toHaveLength(3)
  for (const [name, { command, healthcheck }] of workers) {
    expect(after(command, '--model')).toBe(`models/${name}`)
    expect(existsSync(file(`models/${name}`))).toBe(true)
    expect(healthcheck?.test.join(' ')).toContain('/v2/health/ready')
  }
})

test('the load test watches services of its own names', () => {
  const watched = (compose.services['load']?.command ?? []).filter((one) => one.startsWith('--watch='))
  expect(watched).toHaveLength(4)
  for (const one of watched) {
    const [name, url] = one.slice('--watch='.length).split(/=(.*)/s)
    expect(new URL(url as string).hostname).toBe(name)
    expect(compose.services).toHaveProperty(name as string)
  }
})

test('Prometheus looks for every gateway, and reads the rules that are mounted', async () => {
  const { rule_files: rules, scrape_configs: jobs } = parse(
    await readFile(file('config/observability/prometheus.yaml'), 'utf8'),
  )
  expect(jobs[0].dns_sd_configs[0].names.toSorted()).toEqual(gateways.map(([name]) => name).toSorted())
  const mounted = compose.services['prometheus']?.volumes?.map((one) => one.split(':')[1])
  for (const rule of rules) expect(mounted).toContain(rule)
})

test('the balancer has an address for each gateway that its file names, and no other', async () => {
  const text = await readFile(file('config/haproxy.cfg'), 'utf8')
  const named = [...text.matchAll(/"\$\{(\w+)\}"/g)].map(([, name]) => name).toSorted()
  const { environment = {} } = compose.services['balancer'] as Service
  expect(Object.keys(environment).toSorted()).toEqual(named)
})

test('no secret stands in any file of the configuration', async () => {
  const files = ['docker-compose.yml', ...globSync('config/**/*.{yaml,cfg}', { cwd: file('') })]
  expect(files.length).toBeGreaterThan(6)
  for (const name of files) {
    const text = await readFile(file(name), 'utf8')
    expect(text, name).not.toMatch(/(password|secret|api_?key|token)["']?\s*[:=]\s*["']?[^\s"'$]/i)
  }
})

test('the scenario that the image runs is there', () => {
  expect(dockerfile).toContain('test/load/run.ts')
  expect(readScenario(file('test/load/scenarios/default.yaml')).requests.length).toBeGreaterThan(2)
})
