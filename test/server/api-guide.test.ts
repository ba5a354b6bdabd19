import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { chatBody } from '../../src/server/wire/chat-request.ts'
import { completionBody } from '../../src/server/wire/completion-request.ts'
import { fakeServer } from './fake.ts'
import { isPage } from './pages.ts'

const guide = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')

test('the API guide has every field of both OpenAI routes', () => {
  const fields = [...Object.keys(completionBody.shape), ...Object.keys(chatBody.shape)]
  expect(fields.length).toBeGreaterThan(50)
  expect(fields.filter((field) => !new RegExp(`\`${field}[\`:. ]`).test(guide))).toEqual([])
})

test('the API guide has exactly the routes that exist', async () => {
  const { app } = await fakeServer()
  await app.ready()
  const own = app.routeList.filter(({ method, url }) => method !== 'HEAD' && !isPage(url))
  const listed = [...guide.matchAll(/`(GET|POST) (\/[^`\s]*)`/g)].map(([, method, url]) => `${method} ${url}`)
  expect([...new Set(listed)].sort()).toEqual(own.map(({ method, url }) => `${method} ${url}`).sort())
})
