import { element } from './dom.ts'
import { percent } from './format.ts'

export interface Bar {
  /** In [0, 1]; null: the member was absent. */
  readonly value: number | null
  /** What the value may be, whatever lists hide. */
  readonly low?: number
  readonly high?: number
}

export interface Column {
  readonly name: string
  readonly colour: string
  /** Under the name. */
  readonly note?: string
}

export interface Row {
  readonly name: string
  readonly title?: string
  readonly bars: readonly Bar[]
  readonly chosen?: boolean
  /** What is left over, not one thing: drawn hatched. */
  readonly rest?: boolean
}

export interface Figures {
  readonly name: string
  readonly title?: string
  readonly values: readonly string[]
}

/**
 * A table of shares, a row a thing and a column a view, whose cells are bars on one scale from 0 to 1; figures stand below. Being a
 * table, it says the same to those who don't see it.
 */
export function barTable(
  caption: string,
  columns: readonly Column[],
  rows: readonly Row[],
  figures: readonly Figures[] = [],
) {
  const head = columns.map(({ name, colour, note }) =>
    element('th', {
      attributes: { scope: 'col' },
      children: [
        element('span', { class: 'swatch', style: { '--colour': colour } }),
        element('span', { class: 'column-name', text: name }),
        ...(note === undefined ? [] : [element('span', { class: 'note', text: note })]),
      ],
    }),
  )
  const body = rows.map((row) =>
    element('tr', {
      class: [row.chosen ? 'chosen' : '', row.rest ? 'rest' : ''].join(' ').trim(),
      children: [
        element('th', { text: row.name, attributes: { scope: 'row' }, ...(row.title && { title: row.title }) }),
        ...row.bars.map((bar, index) => cell(bar, columns[index]?.colour ?? '')),
      ],
    }),
  )
  const foot = figures.map(({ name, title, values }) =>
    element('tr', {
      children: [
        element('th', { text: name, attributes: { scope: 'row' }, ...(title && { title }) }),
        ...values.map((text) => element('td', { class: 'figure', text })),
      ],
    }),
  )
  return element('table', {
    class: 'bars',
    children: [
      element('caption', { text: caption }),
      element('thead', { children: [element('tr', { children: [element('td'), ...head] })] }),
      element('tbody', { children: body }),
      ...(foot.length === 0 ? [] : [element('tfoot', { children: foot })]),
    ],
  })
}

function cell({ value, low, high }: Bar, colour: string): HTMLElement {
  if (value === null) return element('td', { class: 'absent', text: 'absent' })
  const bounds = low !== undefined && high !== undefined && high - low > 0.0005
  const drawn = [element('span', { class: 'fill', style: { width: `${value * 100}%`, '--colour': colour } })]
  if (bounds) {
    const style = { left: `${low * 100}%`, width: `${(high - low) * 100}%` }
    drawn.push(element('span', { class: 'bounds', style }))
  }
  const text = bounds ? `${percent(value)} (${percent(low)} to ${percent(high)})` : percent(value)
  return element('td', {
    title: text,
    children: [
      element('span', { class: 'track', attributes: { 'aria-hidden': 'true' }, children: drawn }),
      element('span', { class: 'value', text: percent(value) }),
    ],
  })
}
