import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'

const read = (place: string) =>
  parseConfig(`members: { a: { kind: llamacpp, ${place} } }\nensembles: { e: { members: [{ id: a }] } }\n`, {
    file: 'x.yaml',
    folder: '/',
    env: {},
  })

test.each([
  ['http://bob:CANARY@host', /holds a user or password, .* give `api_key`/],
  ['http://CANARY@host/v1', /holds a user or password, .* give `api_key`/],
  ['http://:CANARY@host', /holds a user or password/],
  ['HTTPS:\\\\CANARY@host', /holds a user or password/],
  ['http://host/v1?api-version=CANARY', /holds a query .* leave it out/],
  ['http://host#CANARY', /holds a fragment .* leave it out/],
])('%s is refused where it stands, and what it holds is not shown', (url, why) => {
  expect(() => read(`url: '${url}'`)).toThrow(why)
  expect(() => read(`url: '${url}'`)).toThrow(/^x\.yaml:1:38: members\.a\.url /)
  expect(() => read(`replicas: ['http://host', '${url}']`)).toThrow(/members\.a\.replicas\[1\] holds/)
  expect(() => read(`url: '${url}'`)).not.toThrow(/CANARY/)
})

test('what is no URL at all is refused as that', () => {
  expect(() => read('url: host')).toThrow(/members\.a\.url invalid URL/)
})

test.each(['http://host', 'https://host:8443/base/v1/', 'http://[::1]:80', 'http://host/a@b'])('%s is taken', (url) => {
  expect(read(`url: '${url}'`).members[0]?.source).toEqual({ urls: [url.replace(/\/$/, '')] })
})
