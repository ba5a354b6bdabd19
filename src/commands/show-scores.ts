import { columns } from './columns.ts'
import { palette } from './palette.ts'
import { percent } from './percent.ts'
import { quoted } from './printable.ts'
import { troubles } from './show-prediction.ts'
import type { Terminal } from './terminal.ts'
import type { ScoreAnswer } from './wire.ts'

type Look = Pick<Terminal, 'columns' | 'unicode' | 'colour'>

/** Scores as lines: for each text a row for the ensemble and one a member, and its segments where there are any. */
export function showScores(texts: readonly string[], answer: ScoreAnswer, look: Look): string[] {
  return answer.scores.flatMap((score, index) => [
    ...(index === 0 ? [] : ['']),
    ...showScore(texts[index] as string, score, answer.model, look),
  ])
}

function showScore(text: string, score: ScoreAnswer['scores'][number], model: string, look: Look): string[] {
  const paint = palette(look.colour)
  const rows = [{ id: model, ...score }, ...score.members].map(({ id, log_prob, bits, bits_per_byte }) => [
    id,
    figure(bits_per_byte, 3),
    figure(bits, 1),
    figure(log_prob === null ? null : -log_prob, 2),
  ])
  return [
    paint.bold(shortened(text, look)),
    '',
    ...columns(['', 'bits per byte', 'bits', 'nats'], rows),
    ...segmentRows(score, model),
    '',
    `  ${score.bytes} bytes${look.unicode ? ' · ' : ', '}missing mass ${percent(score.missing_mass_mean)}`,
    ...troubles(score.ensemble).map(paint.warn),
  ]
}

function segmentRows({ segments, members }: ScoreAnswer['scores'][number], model: string): string[] {
  if (segments === undefined) return []
  const head = ['bits of', model, ...members.map(({ id }) => id)]
  const bits = (logProb: number | null) => figure(logProb === null ? null : -logProb / Math.LN2, 2)
  const rows = segments.map(({ text, log_prob, members: own }) => [
    quoted(text),
    bits(log_prob),
    ...own.map((member) => bits(member.log_prob)),
  ])
  return ['', ...columns(head, rows)]
}

/** A dash for what is infinite. */
function figure(value: number | null, digits: number): string {
  return value === null ? '-' : Math.abs(value).toFixed(digits)
}

/** A text in quotes on one line, cut where the line ends. */
export function shortened(text: string, { columns: width, unicode }: Pick<Look, 'columns' | 'unicode'>): string {
  const ellipsis = unicode ? '…' : '...'
  const whole = quoted(text)
  return whole.length > width ? `${whole.slice(0, width - ellipsis.length - 1)}${ellipsis}'` : whole
}
