import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseConfig } from '../../src/config/parse.ts'

const page = readFileSync(new URL('../../docs/deployment.md', import.meta.url), 'utf8')
const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text as string)
const configs = blocks.filter((text) => /^(members|server):/m.test(text))
const overrides = blocks.filter((text) => /^services:/m.test(text))

test('the page has configurations and an override for compose, and nothing else in YAML', () => {
  expect(configs.length).toBeGreaterThan(3)
  expect(overrides).toHaveLength(1)
  expect(blocks).toHaveLength(configs.length + 1)
})

test.each(configs)('a configuration of docs/deployment.md loads:\n%s', (text) => {
  // Keys stand alone on the page, with the name of an ensemble from above.
  const whole = text.includes('members:')
    ? text
    : `${text}members: { a: { kind: llamacpp, url: "http://a" } }\nensembles: { mixed: { members: [{ id: a }] } }\n`
  const env = { OPENAI_API_KEY: 'a', BATCH_KEY: 'a-key-of-a-test-only' }
  const { ensembles } = parseConfig(whole, { file: 'my.yaml', folder: '/', env })
  expect(ensembles).toHaveLength(1)
})

test.each(overrides)('the override is one of a service that there is', (text) => {
  const compose = parse(readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8'), { merge: true })
  for (const name of Object.keys(parse(text).services)) expect(compose.services).toHaveProperty(name)
})
