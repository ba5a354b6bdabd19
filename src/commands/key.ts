import { randomBytes } from 'node:crypto'
import { type Command, InvalidArgumentError } from 'commander'
import { hashOfKey } from '../config/resolve-server.ts'
import { nameSchema } from '../config/schema/members.ts'
import type { Terminal } from './terminal.ts'

/** Bytes of chance in a key. */
const keyBytes = 32

export function defineKey(program: Command, terminal: Terminal): void {
  program
    .command('key')
    .description('make an API key, and the hash of it that a configuration holds')
    .argument('[name]', 'whose key it is', asName, 'somebody')
    .action((name: string) => {
      const key = `tutti-${randomBytes(keyBytes).toString('base64url')}`
      terminal.note('The key, which is shown this once; below it what to put under `server.keys`:')
      terminal.write(`${key}\n\n- name: ${JSON.stringify(name)}\n  sha256: ${hashOfKey(key)}\n`)
    })
}

/** A name that the configuration takes. */
function asName(text: string): string {
  const { success, error } = nameSchema.safeParse(text)
  if (success) return text
  throw new InvalidArgumentError(`It ${error.issues[0]?.message}.`)
}
