import { expect, test } from 'vitest'
import { createLogger } from '../../src/observability/logger.ts'
import { prettyLines } from '../../src/observability/pretty.ts'

function captured(level: 'info' | 'warn' = 'info') {
  const lines: string[] = []
  return { lines, log: createLogger(level, { write: (line) => lines.push(line) }) }
}

test('a line is one JSON object with level, time and message', () => {
  const { lines, log } = captured()
  log.info({ member: 'a' }, 'member is up')
  expect(JSON.parse(lines[0]!)).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    member: 'a',
    msg: 'member is up',
  })
})

test('less severe lines than the level are left out', () => {
  const { lines, log } = captured('warn')
  log.info('quiet')
  expect(lines).toEqual([])
})

test('an error is logged by name and code, without its message', () => {
  const { lines, log } = captured()
  log.error({ err: Object.assign(new Error('a prompt'), { code: 'ECONNRESET' }) }, 'failed')
  expect(lines[0]).toContain('"err":{"name":"Error","code":"ECONNRESET"}')
  expect(lines[0]).not.toContain('a prompt')
})

test('whole requests, headers, bodies and prompts are removed even when someone logs them', () => {
  const { lines, log } = captured()
  log.info(
    { req: { headers: 'SECRET' }, headers: 'SECRET', body: { prompt: 'SECRET' }, request: { prompt: 'SECRET' } },
    'x',
  )
  expect(lines[0]).not.toContain('SECRET')
})

test('on a terminal a line is clock, level, message and facts', () => {
  let shown = ''
  const log = createLogger('info', prettyLines({ write: (text) => (shown += text) }))
  log.warn({ member: 'a', ms: 2 }, 'member is down')
  expect(shown).toMatch(/^\d\d:\d\d:\d\d warn {2}member is down member=a ms=2\n$/)
})
