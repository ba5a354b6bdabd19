/**
 * What learned weights gain on the shipped models: bits per byte on passages of four domains and their mix, and parts of
 * speech told apart by labels. Learned on one half of the documents, measured on the other.
 *
 *   npm run bench:weights                     print the tables
 *   npm run bench:weights -- --write          and put them into docs/benchmarks.md
 *   npm run bench:weights -- --only labels    one of them: texts, labels
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { aloneContenders, type Contender, equalWeights } from '../../src/compose/evaluation/contender.ts'
import { measureTexts, reportTexts } from '../../src/compose/evaluation/evaluate-text.ts'
import { fitLabels, fitTemperatures, type ScoredRow } from '../../src/compose/evaluation/fit-labels.ts'
import { fits, roundedWeights } from '../../src/compose/evaluation/fit-weights.ts'
import { foretellTexts } from '../../src/compose/evaluation/foretell.ts'
import type { LabelContender } from '../../src/compose/evaluation/label-contender.ts'
import { measureLabels, plainLabelContenders } from '../../src/compose/evaluation/measure-labels.ts'
import { openEnsemble } from '../../src/compose/evaluation/open-ensemble.ts'
import { readData } from '../../src/compose/evaluation/read-rows.ts'
import { type Report, verdictOf } from '../../src/compose/evaluation/report.ts'
import { memoryJournal, scoreRows } from '../../src/compose/evaluation/score-rows.ts'
import type { Standing, Standings } from '../../src/compose/evaluation/standings.ts'
import { splitRows } from '../../src/compose/evaluation/tune-text.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Interval } from '../../src/core/learn/bootstrap.ts'
import { describeMachine } from './machine.ts'
import { writeSection } from './write-section.ts'

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false }, only: { type: 'string' } } })
const seed = 1
const share = 0.5
const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const config = await loadConfig(file('config/default.yaml'), {}, { weightsFiles: false })
const open = await openEnsemble(config, 'tutti')
const ids = open.ensemble.seats.map(({ member }) => member.id)
const equal = equalWeights(ids.length)

function percent(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`
}

function gainOf({ gain, name }: Standing, best: string): string {
  if (gain === null || name === best) return ''
  return `${percent(gain.estimate)} % (${percent(gain.low)} to ${percent(gain.high)})`
}

function shown(interval: Interval | null, digits: number): string {
  return interval === null ? 'impossible' : interval.estimate.toFixed(digits)
}

/** Who has the interval above 0, or that nobody has. */
function verdict(standings: Standings): string {
  const { best_member: best, better } = verdictOf(standings, ids.length)
  if (better.length === 0) return `No ensemble was shown to beat its best member, ${best}, alone.`
  return `Better than the best member alone (${best}), the interval above 0: ${better.join(', ')}.`
}

async function texts(): Promise<string> {
  const data = readData(file('models/heldout/mix.jsonl'))
  if (data.task !== 'text') throw new Error('mix.jsonl has no texts')
  const { learn, prove } = splitRows(data.rows, share, seed)
  const foretold = await foretellTexts(open, learn, { whole: true, onRow: () => process.stderr.write('.') })
  const linear = roundedWeights(fits.em.learnFrom(foretold))
  const logLinear = roundedWeights(fits.log_linear.learnFrom(foretold))
  const contenders: Contender[] = [
    ...aloneContenders(ids),
    { name: 'equal weights, linear', pool: 'linear', weights: equal },
    { name: 'equal weights, log-linear', pool: 'log_linear', weights: equal },
    { name: 'tuned, linear', pool: 'linear', weights: linear },
    { name: 'tuned, log-linear', pool: 'log_linear', weights: logLinear },
    { name: 'adaptive (`bayes`)', pool: 'bayes', weights: equal },
  ]
  const measured = await measureTexts(open, prove, contenders, memoryJournal(), () => process.stderr.write('.'))
  const report = reportTexts(prove, measured, contenders, ids, seed)
  const standings = report.measures[0]?.standings ?? []
  const all = standings.at(-1) as Standings
  const rows = contenders.map(({ name }, index) => {
    const cells = standings.map((one) => shown(one.standings[index]?.loss ?? null, 3))
    return `| ${name} | ${cells.join(' | ')} | ${gainOf(all.standings[index] as Standing, all.best)} |`
  })
  return [
    `| bits per byte | ${standings.map(({ domain }) => domain).join(' | ')} | fewer bits than ${all.best}, all (95 %) |`,
    `|---|${standings.map(() => '---:').join('|')}|---:|`,
    ...rows,
    `| documents / bytes | ${standings.map(({ documents, size }) => `${documents} / ${size}`).join(' | ')} | |`,
    '',
    `Weights (${ids.join(' / ')}): linear ${linear.join(' / ')}, log-linear ${logLinear.join(' / ')}, learned on ${learn.length} passages. ${verdict(all)}`,
    diversity(report.diversity),
  ].join('\n')
}

function diversity({ pairs, accuracy, oracle, jensen_shannon: divergence }: Report['diversity']): string {
  const own = ids.map((id, m) => `${id} ${(100 * (accuracy[m] ?? 0)).toFixed(1)} %`).join(', ')
  const two = pairs.map(
    ({ members, disagreement, q }) => `${members.join('–')} ${disagreement.toFixed(2)} (Q ${q?.toFixed(2) ?? '-'})`,
  )
  return `Likeliest right: ${own}; some member's ${(100 * oracle).toFixed(1)} %. Disagreement of pairs: ${two.join(', ')}; Jensen–Shannon ${divergence.toFixed(3)} bits.`
}

/** Logistic regression on one member: what of stacking's gain is no ensemble's but a correction of that member. */
function stackedAlone(m: number, name: string, rows: readonly ScoredRow[]): LabelContender {
  const alone = rows.map((row) => ({ ...row, scores: [row.scores[m] ?? []] }))
  const { coefficients, temperatures } = fitLabels('stacking', name, alone, seed)
  const labels = coefficients?.length ?? 0
  const nothing = (members: number) => new Array<number>(members * labels).fill(0)
  return {
    name,
    pool: 'stacking',
    weights: ids.map((_, n) => (n === m ? 1 : 0)),
    temperatures: ids.map((_, n) => (n === m ? (temperatures[0] as number) : 1)),
    poolTemperature: 1,
    coefficients: (coefficients ?? []).map(([bias = 0, ...row]) => [
      bias,
      ...nothing(m),
      ...row,
      ...nothing(ids.length - m - 1),
    ]),
  }
}

/** What the ensemble saves against the best single member that was corrected in the same way. */
function againstCorrected(rows: readonly ScoredRow[], contenders: readonly LabelContender[]): string {
  const corrected = contenders.filter(({ name }) => name.endsWith(' stacked alone'))
  const stacking = contenders.filter(({ name }) => name === 'stacking')
  const { measures } = measureLabels(rows, [...corrected, ...stacking], ids, seed)
  const said = measures.map(({ name, standings }) => {
    const all = standings.at(-1) as Standings
    return `${name} ${gainOf(all.standings.at(-1) as Standing, '')} against ${all.best}`
  })
  return `Stacking of all members against the best of one member stacked alone: ${said.join('; ')}.`
}

async function labels(): Promise<string> {
  const data = readData(file('models/heldout/parts-of-speech.jsonl'))
  if (data.task !== 'classification') throw new Error('parts-of-speech.jsonl has no labels')
  const scored = await scoreRows(open, data.rows, data.question, memoryJournal(), () => process.stderr.write('.'))
  const { learn, prove } = splitRows(scored, share, seed, ({ label }) => String(label))
  const contenders = [
    ...plainLabelContenders(ids, fitTemperatures(learn)),
    fitLabels('em', 'weighted average', learn, seed),
    fitLabels('log_linear', 'weighted, log-linear', learn, seed),
    ...ids.map((id, m) => stackedAlone(m, `${id} stacked alone`, learn)),
    fitLabels('stacking', 'stacking', learn, seed),
  ]
  const { measures, calibration, diversity: unlike } = measureLabels(prove, contenders, ids, seed)
  const [bits, errors] = measures.map(({ standings }) => standings.at(-1) as Standings) as [Standings, Standings]
  const rows = contenders.map(({ name }, index) => {
    const right = 1 - (errors.standings[index]?.loss?.estimate ?? 1)
    const figures = [
      `${(100 * right).toFixed(1)} %`,
      gainOf(errors.standings[index] as Standing, errors.best),
      shown(bits.standings[index]?.loss ?? null, 3),
      gainOf(bits.standings[index] as Standing, bits.best),
      (calibration[index]?.error ?? 0).toFixed(3),
    ]
    return `| ${name} | ${figures.join(' | ')} |`
  })
  return [
    `| part of speech of ${prove.length} entries | right | fewer errors than ${errors.best} (95 %) | bits per answer | fewer bits than ${bits.best} (95 %) | calibration error |`,
    '|---|---:|---:|---:|---:|---:|',
    ...rows,
    '',
    `Learned on ${learn.length} other entries. By errors: ${verdict(errors)} By bits: ${verdict(bits)}`,
    againstCorrected(prove, contenders),
    diversity(unlike),
  ].join('\n')
}

const tables = { texts, labels }
try {
  for (const [name, table] of Object.entries(tables)) {
    if (values.only !== undefined && values.only !== name) continue
    const started = performance.now()
    const found = await table()
    const seconds = Math.round((performance.now() - started) / 1000)
    const command = `npm run bench:weights -- --only ${name} --write`
    const report = `${found}\n\n\`${command}\`: seed ${seed}, ${seconds} s (${describeMachine()}).`
    console.log(`\n${report}`)
    if (!values.write) continue
    writeSection('docs/benchmarks.md', `weights-${name}`, report)
    const rows = report.split('\n').filter((line) => line.startsWith('|'))
    writeSection('README.md', `weights-${name}`, rows.join('\n'))
  }
} finally {
  await open.close()
}
