import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { CheckReport } from '../../src/compose/check-config.ts'
import { secret, startEight } from './eight-members.ts'
import { run } from './fake-terminal.ts'

const page = readFileSync(new URL('../../docs/checking.md', import.meta.url), 'utf8')
const shown = /```text\n([\s\S]*?)```/.exec(page)?.[1] ?? ''

let eight: Awaited<ReturnType<typeof startEight>>
let folder: string
let file: string
beforeAll(async () => {
  process.env['KEY'] = secret
  eight = await startEight()
  folder = mkdtempSync(join(tmpdir(), 'tutti-check-'))
  file = join(folder, 'eight.yaml')
  writeFileSync(file, eight.config)
})
afterEach(() => {
  process.exitCode = undefined
})
afterAll(async () => {
  delete process.env['KEY']
  rmSync(folder, { recursive: true })
  await eight.close()
})

/** Ports and times taken out, and with them how wide the columns are. */
function wordsOf(text: string): string[] {
  return text.split('\n').map((line) =>
    line
      .replace(/[\d.]+ ms|:\d+\b/g, '#')
      .replace(/ +/g, ' ')
      .trim(),
  )
}

test('docs/checking.md shows what eight members, two of them wrong, are told', async () => {
  const { out, notes } = await run(['check', '--config', file])
  expect(wordsOf(out)).toEqual(wordsOf(shown))
  expect(notes).toContain('probing wrong-name (8 of 8)')
  expect(process.exitCode).toBe(1)
  expect(out + notes).not.toContain(secret)
})

test('check --json has the same for machines, and no secret', async () => {
  const { out } = await run(['check', '--config', file, '--json'])
  const report = JSON.parse(out) as CheckReport
  expect(report.ok).toBe(false)
  expect(report.members.map(({ id, failures }) => [id, failures.map(({ check }) => check)])).toEqual([
    ...['worker', 'llama', 'toy', 'vllm', 'sglang', 'tgi'].map((id) => [id, []]),
    ['wrong-file', ['tokenizer file']],
    ['wrong-name', ['reachable']],
  ])
  expect(report.members[1]?.found).toMatchObject({ top_k: 287, basis: 'raw', basis_seen: true, contexts: 'ids' })
  expect(report.members[5]?.found).toMatchObject({ top_k: 5, basis_seen: false, contexts: 'text' })
  expect(report.ensembles.map(({ works, token, byte }) => [works, token.possible, byte.possible])).toEqual([
    [true, true, true],
    [true, false, true],
    [true, true, true],
    [false, false, false],
  ])
  expect(out).not.toContain(secret)
})

test('a configuration that works ends well, and one that is none says what is wrong with it', async () => {
  const members = eight.config.split('\n').filter((line) => !/wrong-|lame|broken/.test(line))
  writeFileSync(join(folder, 'six.yaml'), members.join('\n'))
  const { out } = await run(['check', '--config', join(folder, 'six.yaml')])
  expect(out).toContain('everything that is configured can work')
  expect(process.exitCode).toBeUndefined()
  writeFileSync(join(folder, 'none.yaml'), 'members: {}\nensembles: {}\n')
  await expect(run(['check', '--config', join(folder, 'none.yaml')])).rejects.toThrow('members is empty')
})
