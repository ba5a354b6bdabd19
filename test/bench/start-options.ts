import { readFileSync } from 'node:fs'

/** What `npm start` gives Node itself. */
export function startOptions(): string[] {
  const file = new URL('../../package.json', import.meta.url)
  const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { scripts: { start: string } }
  const [, options = ''] = /^node (.*)src\/main\.ts serve$/.exec(scripts.start) ?? []
  return options.split(' ').filter(Boolean)
}
