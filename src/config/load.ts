import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { TuttiError } from '../errors.ts'
import type { Config } from './config.ts'
import { parseConfig } from './parse.ts'

/**
 * Reads a configuration file.
 * @param options whether weights files are read; not for who learns them anew.
 * Rejects with `invalid_config` naming file, path, reason and remedy of everything that is wrong with it.
 */
export async function loadConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  options: { readonly weightsFiles?: boolean } = {},
): Promise<Config> {
  const path = resolve(file)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const reason =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'does not exist' : 'cannot be read'
    throw new TuttiError('invalid_config', `${path} ${reason}; give another with --config FILE`, { cause })
  }
  return parseConfig(text, { file: path, folder: dirname(path), env, ...options })
}
