import { palette } from './palette.ts'
import { quoted } from './printable.ts'
import { troubles } from './show-prediction.ts'
import { shortened } from './show-scores.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import type { ClassifyAnswer } from './wire.ts'

type Look = Pick<Terminal, 'columns' | 'unicode' | 'colour'>

/** Labels as lines: for each input a table of labels, likeliest first, a column a member. */
export function showClassification(inputs: readonly string[], answer: ClassifyAnswer, look: Look): string[] {
  const paint = palette(look.colour)
  return answer.results.flatMap(({ labels, certain, ensemble }, index) => {
    const members = ensemble.members.map(({ id, effective_weight }) => ({ id, weight: effective_weight }))
    const rows = labels.map((label) => ({ ...label, label: quoted(label.label) }))
    return [
      ...(index === 0 ? [] : ['']),
      paint.bold(shortened(inputs[index] as string, look)),
      '',
      ...table('label', rows, members, answer.model, look, paint),
      '',
      `  ${certain ? 'certain' : 'not certain'}${look.unicode ? ' · ' : ', '}pool ${answer.pool}`,
      ...troubles(ensemble).map(paint.warn),
    ]
  })
}
