import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Report } from '../../src/compose/evaluation/report.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { WeightsFile } from '../../src/config/weights-file.ts'
import { type RunningWorker, startWorker } from '../../src/worker/start-worker.ts'
import { modelDir } from '../worker/support.ts'
import { run } from './fake-terminal.ts'

let workers: RunningWorker[]
let folder: string
const path = (name: string) => join(folder, name)
const write = (name: string, rows: readonly object[]) =>
  writeFileSync(path(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
const json = <T>(name: string) => JSON.parse(readFileSync(path(name), 'utf8')) as T

beforeAll(async () => {
  workers = await Promise.all(
    (['tiny-gpt', 'tiny-gru'] as const).map((name) => startWorker({ modelDir: modelDir(name), deterministic: true })),
  )
  folder = mkdtempSync(join(tmpdir(), 'tutti-tune-'))
  const urls = [...workers, workers[0]!].map(({ url }) => url)
  const members = ['m0', 'm1', 'again'].map((id, index) => `  ${id}: { kind: onnx, url: '${urls[index]}' }`).join('\n')
  const seats = 'members: [{ id: m0 }, { id: m1 }]'
  writeFileSync(
    path('plain.yaml'),
    `members:\n${members}\nensembles:\n  two: { ${seats} }\n  product: { ${seats}, pool: log_linear }\n  twins: { members: [{ id: m0 }, { id: again }] }\n`,
  )
  writeFileSync(path('learned.yaml'), `members:\n${members}\nensembles:\n  two: { ${seats}, weights_file: em.json }\n`)
  const words = ['the union', 'of states', 'a whale', 'the sea', 'in order', 'and so on']
  write(
    'texts.jsonl',
    Array.from({ length: 12 }, (_, n) => ({
      text: `${words[n % 6]} ${words[(n * 5 + 1) % 6]}.`,
      domain: n % 2 === 0 ? 'even' : 'odd',
      document: `d${Math.floor(n / 2) * 2 + (n % 2)}`,
    })),
  )
  write('labels.jsonl', [
    { labels: { good: 'a good', bad: 'so bad' }, prompt: '{input}: ' },
    ...Array.from({ length: 16 }, (_, n) => ({ input: words[n % 6], label: n % 3 === 0 ? 'good' : 'bad' })),
  ])
})
afterEach(() => {
  process.exitCode = undefined
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await Promise.all(workers.map((worker) => worker.close()))
})

const tune = (...more: string[]) =>
  run(['tune', '--config', path('plain.yaml'), '--data', path('texts.jsonl'), ...more], { interactive: false })

test('two runs with one seed give the same file, and the exit status is its recommendation', async () => {
  const { out, notes } = await tune('-e', 'two', '--method', 'em', '-o', path('em.json'), '--seed', '5')
  const status = process.exitCode
  await tune('-e', 'two', '--method', 'em', '-o', path('again.json'), '--seed', '5')
  expect(readFileSync(path('again.json'), 'utf8')).toBe(readFileSync(path('em.json'), 'utf8'))
  const file = json<WeightsFile>('em.json')
  expect(file).toMatchObject({ version: 1, pool: 'linear', granularity: 'byte', method: 'em', seed: 5 })
  expect(file.data).toMatchObject({ learned_documents: 6, proved_documents: 6 })
  expect(file.members.map(({ id, kind }) => [id, kind])).toEqual([
    ['m0', 'onnx'],
    ['m1', 'onnx'],
  ])
  expect(file.recommended).toBe(file.gain.low > 0)
  expect(status).toBe(file.recommended ? undefined : 3)
  expect(out).toContain(file.recommended ? 'Recommended.' : 'was not shown to beat its best member')
  expect(notes).toContain('learning and proving: 100 %')
  const { ensembles } = await loadConfig(path('learned.yaml'), {})
  expect(ensembles[0]?.members.map(({ weight }) => weight)).toEqual(file.weights)
  await tune('-e', 'two', '--method', 'em', '-o', path('other.json'), '--seed', '6', '--date', '2020-02-02')
  expect(json<WeightsFile>('other.json').data.date).toBe('2020-02-02')
})

test('an ensemble that gains nothing is not recommended, ends with status 3, and its file is for tokens alone', async () => {
  const { out } = await tune('-e', 'twins', '-o', path('twins.json'))
  expect(process.exitCode).toBe(3)
  expect(out).toContain('The ensemble was not shown to beat its best member: use "twins/m0" alone.')
  expect(out).not.toContain('Recommended')
  const { recommended, granularity, gain, weights } = json<WeightsFile>('twins.json')
  expect({ recommended, granularity, weights }).toEqual({
    recommended: false,
    granularity: 'token',
    weights: [0.5, 0.5],
  })
  expect(gain).toMatchObject({ over: 'm0', estimate: 0, low: 0, high: 0 })
  const [head = '', tail = ''] = readFileSync(path('plain.yaml'), 'utf8').split('ensembles:\n')
  expect(tail).not.toBe('')
  const bytes = 'twins: { members: [{ id: m0 }, { id: again }], weights_file: twins.json, granularity: byte }'
  writeFileSync(path('bytes.yaml'), `${head}ensembles:\n  ${bytes}\n`)
  await expect(loadConfig(path('bytes.yaml'), {})).rejects.toThrow(
    "ensembles.twins.weights_file was learned at granularity token, and the ensemble's is byte (granularity)",
  )
})

test.each(['log_linear', 'select'])('%s gives weights of its pool on the simplex', async (method) => {
  await tune('-e', 'product', '--method', method, '-o', path(`${method}.json`))
  const { pool, weights } = json<WeightsFile>(`${method}.json`)
  expect(pool).toBe(method === 'select' ? 'linear' : 'log_linear')
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9)
})

test('labels: every method writes what deciding needs, and stacking of texts is refused', async () => {
  for (const method of ['em', 'stacking']) {
    const { out } = await tune('-e', 'two', '--data', path('labels.jsonl'), '--method', method, '-o', path('l.json'))
    expect(out).toContain('errors per answer')
    const { pool, classification } = json<WeightsFile>('l.json')
    expect(pool).toBe(method === 'em' ? 'linear' : 'stacking')
    expect(classification).toMatchObject({ labels: ['good', 'bad'], normalisation: 'none' })
    expect(classification?.temperatures).toHaveLength(2)
    expect(classification?.coefficients?.map((row) => row.length) ?? null).toEqual(method === 'em' ? null : [5, 5])
  }
  await expect(tune('-e', 'two', '--method', 'stacking', '-o', path('l.json'))).rejects.toThrow('learned from labels')
})

test('evaluate measures members, pools, weights files and bayes; the report is one page, and the same from a journal', async () => {
  const evaluate = (name: string) =>
    run(
      [
        'evaluate',
        '-c',
        path('learned.yaml'),
        '-e',
        'two',
        '-d',
        path('texts.jsonl'),
        '-w',
        path('em.json'),
        '-o',
        path(name),
      ],
      { interactive: false },
    )
  const { out } = await evaluate('report')
  const report = json<Report>('report.json')
  const { standings } = report.measures[0]!
  expect(standings.map(({ domain }) => domain)).toEqual(['even', 'odd', 'all'])
  const all = standings.at(-1)!
  const names = ['m0', 'm1', 'equal weights', 'configured (weights file)', path('em.json'), 'bayes']
  expect(all.standings.map(({ name }) => name)).toEqual(names)
  const loss = (name: string) => all.standings.find((one) => one.name === name)?.loss?.estimate
  expect(loss(path('em.json'))).toBeCloseTo(loss('configured (weights file)')!, 12)
  expect(all.standings.find(({ name }) => name === all.best)?.gain).toEqual({ estimate: 0, low: 0, high: 0 })
  expect(report.diversity.pairs.map(({ members }) => members)).toEqual([['m0', 'm1']])
  const page = readFileSync(path('report.html'), 'utf8')
  expect(page).toContain('<svg')
  expect(page).not.toMatch(/<script|<link|src=|url\(/)
  expect(out).toContain(report.verdict.better.length > 0 ? 'Better than the best member' : 'No ensemble was shown')
  const { out: again } = await evaluate('again')
  expect(again.replaceAll('again', 'report')).toBe(out)
})

test('evaluate of labels tells how sure and how right', async () => {
  await run(['evaluate', '-c', path('plain.yaml'), '-e', 'two', '-d', path('labels.jsonl'), '-o', path('labels')])
  const report = json<Report>('labels.json')
  expect(report.task).toBe('classification')
  const [bits, errors] = report.measures
  expect([bits?.name, errors?.name]).toEqual(['bits per answer', 'errors per answer'])
  for (const { error, bins } of report.calibration) {
    expect(error >= 0 && error <= 1).toBe(true)
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(16)
  }
  expect(readFileSync(path('labels.html'), 'utf8')).toContain('Reliability')
})

test('bad data is refused with file, line and what is wrong', async () => {
  write('bad.jsonl', [{ text: 'fine' }, { txt: 'no' }])
  await expect(tune('-e', 'two', '--data', path('bad.jsonl'))).rejects.toThrow(/bad\.jsonl:2: a row is/)
  write('bad.jsonl', [{ labels: ['a', 'b'] }, { input: 'x', label: 'c' }])
  await expect(tune('-e', 'two', '--data', path('bad.jsonl'))).rejects.toThrow('label: "c" is none of a, b')
  await expect(tune('-e', 'three')).rejects.toThrow('there is no ensemble "three"; there is two, product, twins')
})
