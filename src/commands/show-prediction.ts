import { palette } from './palette.ts'
import { percent } from './percent.ts'
import { printable, quoted, symbolLabel } from './printable.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import type { AnswerReport, PredictionAnswer } from './wire.ts'

type Look = Pick<Terminal, 'columns' | 'unicode' | 'colour'>

/** A prediction as lines: the prompt, next words, next bytes, and how sure all this is. */
export function showPrediction(prompt: string, answer: PredictionAnswer, look: Look): string[] {
  const paint = palette(look.colour)
  const report = answer.ensemble
  const members = report.members.map(({ id, effective_weight }) => ({ id, weight: effective_weight }))
  const words = answer.words.map((word) => ({ ...word, label: quoted(word.text) }))
  const symbols = answer.symbols.map((one) => ({ ...one, label: symbolLabel(one.symbol) }))
  const tables = [
    { title: 'next word', rows: words },
    { title: 'next byte', rows: symbols },
  ].filter(({ rows }) => rows.length > 0)
  return [
    paint.bold(promptLine(prompt, look)),
    ...tables.flatMap(({ title, rows }) => ['', ...table(title, rows, members, answer.model, look, paint)]),
    '',
    ...summary(answer, look),
    ...troubles(report).map(paint.warn),
  ]
}

/** The end of the prompt, on one line. */
function promptLine(prompt: string, { columns, unicode }: Look): string {
  const ellipsis = unicode ? '…' : '...'
  const text = printable(prompt.replace(/\s+/g, ' '))
  const room = columns - 2 * ellipsis.length - 2
  return text.length > room ? `${ellipsis}${text.slice(-room)}${ellipsis}` : `${text}${ellipsis}`
}

function summary(answer: PredictionAnswer, { unicode, columns }: Look): string[] {
  const report = answer.ensemble
  const present = report.members.filter(({ status }) => status === 'ok').length
  const facts = [
    `entropy of the next byte ${answer.entropy.toFixed(2)} bits`,
    answer.certified ? 'certified' : 'not certified',
    `missing mass ${percent(report.missing_mass_mean)}`,
    `${present} of ${report.members.length} members`,
    `${Math.round(report.timings.total_ms)} ms`,
  ]
  return wrapped(facts, unicode ? ' · ' : ', ', columns)
}

/** Facts joined into as few lines as the width allows. */
export function wrapped(facts: readonly string[], separator: string, columns: number): string[] {
  const lines: string[] = []
  for (const fact of facts) {
    const last = lines.at(-1)
    const longer = last === undefined ? null : `${last}${separator}${fact}`
    if (longer !== null && longer.length <= columns) lines[lines.length - 1] = longer
    else lines.push(`  ${fact}`)
  }
  return lines
}

/** A line for each member that did not take part to the end. */
export function troubles({ members }: Pick<AnswerReport, 'members'>): string[] {
  return members
    .filter(({ status }) => status !== 'ok')
    .map(({ id, status, error }) => `  ${id} took no part (${status}${error ? `: ${printable(error.message)}` : ''})`)
}
