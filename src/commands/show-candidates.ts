import type { Palette } from './palette.ts'
import { percent } from './percent.ts'
import { printable } from './printable.ts'
import { troubles, wrapped } from './show-prediction.ts'
import type { Terminal } from './terminal.ts'
import type { AnswerReport } from './wire.ts'

/** Under an answer that was chosen among whole ones: every candidate, what it counted, and which it was. */
export function showCandidates(
  report: AnswerReport,
  reason: string,
  look: Pick<Terminal, 'columns' | 'unicode'>,
  paint: Palette,
): string[] {
  const width = Math.max(...report.candidates.map(({ author }) => author.length))
  const mark = look.unicode ? '■' : '#'
  const rows = report.candidates.map(({ author, score, canonical, text, chosen }) => {
    const figure =
      score === null ? '-' : report.strategy === 'rerank' ? `${score.toFixed(2)} bits/byte` : percent(score)
    const said = printable((canonical ?? text).replaceAll(/\s+/g, ' '))
    const index = report.members.findIndex(({ id }) => id === author)
    const front = `  ${chosen ? '>' : ' '} ${mark} ${author.padEnd(width)}  ${figure.padEnd(14)}  `
    return paint.member(index)(front) + said.slice(0, Math.max(10, look.columns - front.length))
  })
  return [...rows, ...answerFacts(report, reason, look).map(paint.dim), ...troubles(report).map(paint.warn)]
}

export function answerFacts(
  { candidates, strategy, degraded, members, usage, timings, seed }: AnswerReport,
  reason: string,
  look: Pick<Terminal, 'columns' | 'unicode'>,
): string[] {
  const facts = [
    `${strategy} of ${candidates.length} answers`,
    `${usage.answer_tokens} tokens in all`,
    degraded ? 'degraded' : `${members.length} members`,
    `${(timings.total_ms / 1000).toFixed(1)} s`,
    `ended by ${reason}`,
    ...(seed === undefined ? [] : [`seed ${seed}`]),
  ]
  return wrapped(facts, look.unicode ? ' · ' : ', ', look.columns)
}
