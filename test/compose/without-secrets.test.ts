import { expect, onTestFinished, test } from 'vitest'
import { checkConfig } from '../../src/compose/check-config.ts'
import { secretsOf, withoutSecrets } from '../../src/compose/probe/without-secrets.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { startTwin } from '../wire/kit/twin.ts'
import { tinyModel } from '../wire/kit/twin-model.ts'
import { openai } from '../wire/openai.ts'

function configOf(member: string, env: Record<string, string> = {}) {
  const text = `
members: { m: { kind: openai, model: tiny-gpt, ${member} } }
ensembles: { e: { strategy: majority, members: [{ id: m }] } }
`
  return parseConfig(text, { file: 'x.yaml', folder: '/', env })
}

const cleared = (text: string, member: string, env: Record<string, string> = {}) =>
  withoutSecrets(text, secretsOf(configOf(member, env)))

test('words in headers are no secrets: an address, a kind and a model are shown as they are', async () => {
  const twin = await startTwin(openai(), await tinyModel())
  onTestFinished(() => twin.close())
  const headers = 'headers: { x-flag: "1", x-portkey-provider: openai, x-upstream-model: tiny-gpt, x-api-key: "27" }'
  const { members } = await checkConfig(configOf(`url: '${twin.url}', api_key: openai, ${headers}`))
  expect(members[0]).toMatchObject({ kind: 'openai', replica: twin.url, found: { model: 'tiny-gpt' } })
})

test('headers are secret where their name says so, with and without their scheme, and where they come from the environment', () => {
  const headers =
    "url: 'http://h', headers: { Authorization: Bearer sk-upstream, X-Api-Key: key-0123, x-route: '${ROUTE}', x-title: production }"
  const text = 'Bearer sk-upstream, sk-upstream, key-0123, route-canary, production'
  expect(cleared(text, headers, { ROUTE: 'route-canary' })).toBe('***, ***, ***, ***, production')
})

test('what stands before the host of the address of Redis is secret however short, and elsewhere from eight characters on', () => {
  const inRedis = (text: string, url: string) =>
    withoutSecrets(
      text,
      secretsOf({ ...configOf("url: 'http://h'"), redis: { url, prefix: '', timeoutMs: 1, onFailure: 'open' } }),
    )
  expect(inRedis('redis://u:pw@h pw', 'redis://u:pw@h')).toBe('redis://***h pw')
  expect(inRedis('redis://u:p%40ssword@h p%40ssword p@ssword', 'redis://u:p%40ssword@h')).toBe('redis://***h *** ***')
  expect(inRedis('redis://sk-in-url@h sk-in-url', 'redis://sk-in-url@h')).toBe('redis://***h ***')
  expect(inRedis('redis://h @h', 'redis://h')).toBe('redis://h @h')
})
