import { existsSync, readFileSync } from 'node:fs'
import { TuttiError } from '../errors.ts'

/** @throws TuttiError `invalid_model` for a file that can't be read or is not JSON. */
export function readJson(path: string): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new TuttiError('invalid_model', `can't read ${path}`, { cause })
  }
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch (cause) {
    throw new TuttiError('invalid_model', `${path} is not JSON`, { cause })
  }
}

export function readOptional(path: string): Record<string, unknown> {
  return existsSync(path) ? readJson(path) : {}
}
