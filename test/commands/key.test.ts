import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseConfig } from '../../src/config/parse.ts'
import { callerOf } from '../../src/server/access/caller.ts'
import { run } from './fake-terminal.ts'

test.each([[['key', 'alice-2']], [['key']]])('what %j prints is a key and an entry that lets it in', async (args) => {
  const { out } = await run(args)
  const [key = '', ...entry] = out.split('\n')
  const config = {
    server: { keys: parse(entry.join('\n')) },
    members: { a: { kind: 'onnx', url: 'http://a' } },
    ensembles: { e: { members: [{ id: 'a' }] } },
  }
  const { keys } = parseConfig(JSON.stringify(config), { file: 'x.yaml', folder: '/', env: {} }).server
  expect(callerOf(`Bearer ${key}`, keys)).toMatchObject({ known: true, name: args[1] ?? 'somebody' })
})

test.each(['a b', '', '-x', 'é', 'x'.repeat(65)])(
  'a name that no configuration takes gets no key: %j',
  async (name) => {
    await expect(run(['key', '--', name])).rejects.toThrow(
      /It must be 1 to 64 letters, digits, .* a letter or digit first/,
    )
  },
)
