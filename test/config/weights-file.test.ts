import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { refuseForeignWeights } from '../../src/compose/refuse-foreign-weights.ts'
import { parseConfig } from '../../src/config/parse.ts'
import type { WeightsFile } from '../../src/config/weights-file.ts'
import type { Ensemble, MemberState } from '../../src/ensemble/ensemble.ts'
import type { TuttiError } from '../../src/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'tutti-weights-'))
afterAll(() => rmSync(folder, { recursive: true }))

const learned: WeightsFile = {
  version: 1,
  ensemble: 'e',
  members: [
    { id: 'b', kind: 'onnx', vocabulary: 'vb' },
    { id: 'a', kind: 'onnx', vocabulary: null },
  ],
  granularity: 'byte',
  pool: 'linear',
  method: 'em',
  weights: [0.7, 0.3],
  classification: null,
  data: { sha256: '0'.repeat(64), date: '2026-11-25', learned_documents: 3, proved_documents: 3 },
  seed: 1,
  gain: { over: 'b', estimate: 0.02, low: 0.01, high: 0.03, level: 0.95 },
  recommended: true,
}

function parse(file: unknown, body = '{ members: [{ id: a }, { id: b }], weights_file: w.json }', weightsFiles = true) {
  writeFileSync(join(folder, 'w.json'), typeof file === 'string' ? file : JSON.stringify(file))
  const text = `
members:
  a: { kind: onnx, url: 'http://a' }
  b: { kind: onnx, url: 'http://b' }
  c: { kind: llamacpp, url: 'http://c' }
ensembles:
  e: ${body}
`
  return parseConfig(text, { file: 'tutti.yaml', folder, env: {}, weightsFiles })
}

test('the weights are the file’s, by member and not by place, and the heaviest leads', () => {
  const [e] = parse(learned).ensembles
  expect(e?.members).toEqual([
    { id: 'a', weight: 0.3 },
    { id: 'b', weight: 0.7 },
  ])
  expect(e?.lead).toBe(1)
  expect(e?.learned).toMatchObject({ granularity: 'byte', vocabularies: [null, 'vb'], classification: null })
})

test('temperatures and blocks of coefficients go with their members', () => {
  const classification = {
    labels: ['x', 'y'],
    normalisation: 'none',
    temperatures: [2, 3],
    pool_temperature: 1,
    coefficients: [
      [9, 1, 2, 3, 4],
      [8, 5, 6, 7, 8],
    ],
  } as const
  const [e] = parse({ ...learned, pool: 'stacking', method: 'stacking', classification }).ensembles
  expect(e?.learned?.classification).toMatchObject({
    temperatures: [3, 2],
    coefficients: [
      [9, 3, 4, 1, 2],
      [8, 7, 8, 5, 6],
    ],
  })
})

describe('refused, with the field and the reason:', () => {
  const seats = '[{ id: a }, { id: b }], weights_file: w.json'
  test.each([
    [
      'other members',
      learned,
      '{ members: [{ id: a }], weights_file: w.json }',
      'holds weights of b, a, not of a (members)',
    ],
    [
      'another kind',
      { ...learned, members: [learned.members[0], { id: 'a', kind: 'vllm', vocabulary: null }] },
      `{ members: ${seats} }`,
      'is for "a" of kind vllm, which is onnx now (members.kind)',
    ],
    [
      'another granularity',
      { ...learned, granularity: 'token' },
      `{ members: ${seats}, granularity: byte }`,
      "was learned at granularity token, and the ensemble's is byte (granularity)",
    ],
    [
      'another pool',
      learned,
      `{ members: ${seats}, pool: log_linear }`,
      "was learned for pool linear, and the ensemble's is log_linear (pool)",
    ],
    [
      'weights beside it',
      learned,
      '{ members: [{ id: a, weight: 1 }, { id: b, weight: 1 }], weights_file: w.json }',
      'stands beside weights under ensembles.e.members',
    ],
    ['no JSON', '{', `{ members: ${seats} }`, 'is not JSON'],
    ['another version', { ...learned, version: 2 }, `{ members: ${seats} }`, 'version: '],
    ['a weight too few', { ...learned, weights: [1] }, `{ members: ${seats} }`, 'weights: has 1 entries for 2 members'],
    [
      'weights that sum to less',
      { ...learned, weights: [0.5, 0.3] },
      `{ members: ${seats} }`,
      'weights: sums to 0.8, not to 1',
    ],
    ['an unknown field', { ...learned, extra: 1 }, `{ members: ${seats} }`, 'Unrecognized key: "extra"'],
  ])('%s', (_, file, body, reason) => {
    expect(() => parse(file, body)).toThrow('ensembles.e.weights_file')
    expect(() => parse(file, body)).toThrow(reason)
    expect(() => parse(file, body)).toThrow(/^tutti\.yaml:7:\d+: /)
  })

  test('a file that does not exist, with its place', () => {
    expect(() => parse(learned, `{ members: [{ id: a }, { id: b }], weights_file: gone.json }`)).toThrow(
      /gone\.json: does not exist/,
    )
  })
})

test('who learns weights anew is not kept from it by an old file', () => {
  const [e] = parse({ version: 0 }, undefined, false).ensembles
  expect(e).toMatchObject({ learned: null, members: [{ weight: 0.5 }, { weight: 0.5 }] })
})

describe('what only probes can tell', () => {
  const state = (fingerprints: Record<string, string | null>) => (id: string) =>
    ({
      member: { id },
      probe: () => ({ capabilities: { vocabularyFingerprint: fingerprints[id] ?? null } }),
      down: () => null,
    }) as unknown as MemberState
  const [config] = parse(learned).ensembles
  const ensemble = (granularity: 'auto' | 'byte') =>
    ({ name: 'e', granularity, seats: [{ member: { id: 'a' } }, { member: { id: 'b' } }] }) as unknown as Ensemble
  const refusal = (granularity: 'auto' | 'byte', fingerprints: Record<string, string | null>): string => {
    try {
      const ensembles = new Map([['e', ensemble(granularity)]])
      refuseForeignWeights(config!, { ensembles, state: state(fingerprints) })
    } catch (error) {
      expect(error as TuttiError).toMatchObject({ code: 'invalid_config', param: 'ensembles.e.weights_file' })
      return (error as TuttiError).message
    }
    return 'accepted'
  }

  test('the vocabularies it was learned with are taken, others are not', () => {
    expect(refusal('byte', { b: 'vb' })).toBe('accepted')
    expect(refusal('byte', { b: 'other' })).toContain('another vocabulary of "b" (members.vocabulary)')
  })

  test('a granularity that turns out to be another is refused', () => {
    expect(refusal('auto', { a: 'vb', b: 'vb' })).toContain("learned at granularity byte, and the ensemble's is token")
  })
})
