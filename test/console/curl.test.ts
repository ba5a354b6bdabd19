import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quoted, toCurl } from '../../src/console/curl.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-curl-'))
  // A curl that tells what it was called with.
  writeFileSync(join(folder, 'curl'), '#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done\n', { mode: 0o755 })
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What a real shell makes of a command: the words after its name. */
function read(command: string): string[] {
  const env = { PATH: `${folder}:/usr/bin:/bin`, TUTTI_KEY: 'the key' }
  return execFileSync('/bin/sh', ['-c', command], { env, encoding: 'utf8' }).split('\0').slice(0, -1)
}

// A shell's words hold no NUL.
const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((one) => !one.includes('\0'))
const mean = fc.constantFrom("it's", '$(reboot)', '`id`', '\\', '"', '!', '\n', "'\\''", '$HOME', '*', 'ü語🦜', '')

test('a shell reads a quoted text back as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(text, mean), { minLength: 1, maxLength: 5 }), (words) => {
      expect(read(`curl ${words.map(quoted).join(' ')}`)).toEqual(words)
    }),
    { numRuns: 60 },
  )
})

test('a shell reads the command of a call back as its address, headers and body', () => {
  fc.assert(
    fc.property(fc.oneof(text, mean), fc.boolean(), (prompt, withKey) => {
      const url = 'http://127.0.0.1:8080/v1/completions'
      const body = { model: 'tutti', prompt, stream: true }
      const words = read(toCurl({ url, body, withKey, stream: true }))
      expect(words.slice(0, 2)).toEqual(['-N', url])
      const key = withKey ? ['-H', 'authorization: Bearer the key'] : []
      expect(words.slice(2, -1)).toEqual([...key, '-H', 'content-type: application/json', '-d'])
      expect(JSON.parse(words.at(-1)!)).toEqual(body)
    }),
    { numRuns: 40 },
  )
})

test('a call without a body is a GET', () => {
  expect(toCurl({ url: 'http://a/v1/ensembles', withKey: false })).toBe("curl -s 'http://a/v1/ensembles'")
})
