import { type Bar, barTable, type Column, type Figures, type Row } from './bars.ts'
import { colourOf } from './colours.ts'
import { byId, element } from './dom.ts'
import { bits, percent } from './format.ts'
import { mostDivergentStep, nameOfSymbol, type Segment, visible } from './segment.ts'
import type { Candidate, Step } from './wire.ts'

export type Granularity = 'byte' | 'token'

export interface Inspector {
  show(segment: Segment, granularity: Granularity): void
  /** One decided symbol further, or back. */
  move(by: 1 | -1): void
  clear(): void
}

/** The panel that says what the ensemble and each member thought where a piece was decided. */
export function connectInspector(): Inspector {
  const title = byId('inspector-title', HTMLElement)
  const said = byId('inspector-said', HTMLElement)
  const body = byId('inspector-body', HTMLElement)
  const hint = [...body.childNodes]
  let shown: { readonly segment: Segment; readonly granularity: Granularity; readonly step: number } | null = null

  function draw(segment: Segment, granularity: Granularity, index: number): void {
    shown = { segment, granularity, step: index }
    const { text, carrier, share, steps } = segment
    const step = steps[index]
    title.replaceChildren('“', element('code', { text: visible(text) }), '”')
    if (step === undefined || carrier === null) {
      body.replaceChildren(element('p', { class: 'note', text: 'Nothing is told of how this was decided.' }))
      return
    }
    const carried = element('p', {
      children: [
        element('span', { class: 'swatch', style: { '--colour': colourOf(carrier) } }),
        steps[0]?.members.length === 1
          ? `${carrier}, alone.`
          : `Carried by ${carrier}: ${percent(share)} of its probability.`,
      ],
    })
    const chips = steps.map(({ symbol }, at) => {
      const attributes = { type: 'button', 'aria-pressed': String(at === index) }
      const chip = element('button', { class: 'chip', text: nameOfSymbol(symbol, granularity), attributes })
      chip.addEventListener('click', () => draw(segment, granularity, at))
      return chip
    })
    body.replaceChildren(
      carried,
      ...(steps.length < 2 ? [] : [element('div', { class: 'chips', children: chips })]),
      element('p', { class: 'note', text: whichStep(segment, granularity, index) }),
      tableOf(step, granularity),
      element('p', { class: 'note', text: verdict(step) }),
    )
  }

  return {
    show: (segment, granularity) => draw(segment, granularity, mostDivergentStep(segment)),
    move(by) {
      if (shown === null) return
      const { segment, granularity, step: before } = shown
      const at = Math.min(segment.steps.length - 1, Math.max(0, before + by))
      draw(segment, granularity, at)
      const step = segment.steps[at]
      // Pieces are read aloud as they are reached; what is within them is not.
      if (step !== undefined) said.textContent = inWords(step, granularity)
    },
    clear() {
      shown = null
      said.textContent = ''
      title.textContent = 'What each member thought'
      body.replaceChildren(...hint)
    },
  }
}

function inWords(step: Step, granularity: Granularity): string {
  const fused = `${nameOfSymbol(step.symbol, granularity)}: fused ${percent(fusedOf(step))}`
  return [fused, ...step.members.map(({ id, probability }) => `${id} ${percent(probability)}`)].join(', ')
}

function whichStep(segment: Segment, granularity: Granularity, index: number): string {
  const { steps } = segment
  if (steps.length < 2) return granularity === 'byte' ? 'One byte, one decision.' : 'One token, one decision.'
  const most = steps.length > 1 && index === mostDivergentStep(segment) && (steps[0]?.members.length ?? 0) > 1
  const why = most ? ', where members differ most' : ''
  return `Written ${granularity} by ${granularity}: this is decision ${index + 1} of ${steps.length}${why}. ↑ ↓ show the others.`
}

function tableOf(step: Step, granularity: Granularity): HTMLElement {
  const { members } = step
  const columns: Column[] = [
    { name: 'Fused', colour: 'var(--ink)' },
    ...members.map(({ id }) => ({ name: id, colour: colourOf(id) })),
  ]
  const shown = members.length === 1 ? columns.slice(1) : columns
  const cut = <Value>(values: readonly Value[]): readonly Value[] => (members.length === 1 ? values.slice(1) : values)
  const rows = rowsOf(step, granularity).map((row) => ({ ...row, bars: cut(row.bars) }))
  const figures = figuresOf(step).map((row) => ({ ...row, values: cut(row.values) }))
  return barTable('How likely each was', shown, rows, figures)
}

/** What nobody gives more than this is not worth a row. */
const least = 0.01

function fusedOf({ surprisal }: Step): number {
  return surprisal === null ? 0 : 2 ** -surprisal
}

function rowsOf(step: Step, granularity: Granularity): Row[] {
  const { candidates, members, symbol } = step
  if (candidates === undefined || candidates.length === 0) {
    const bars = [{ value: fusedOf(step) }, ...members.map(({ probability }) => ({ value: probability }))]
    return [{ name: nameOfSymbol(symbol, granularity), bars, chosen: true }]
  }
  const worth = candidates.filter(
    (candidate) =>
      candidate.symbol === symbol ||
      Math.max(candidate.probability, ...candidate.members.map((own) => own ?? 0)) >= least,
  )
  const rows = worth.map((candidate): Row => {
    const { probability: value, low, high } = candidate
    const name = nameOf(candidate, granularity)
    const bars: Bar[] = [{ value, low, high }, ...candidate.members.map((own) => ({ value: own }))]
    return { name, bars, chosen: candidate.symbol === symbol }
  })
  const rest = [0, ...members.map((_, index) => index + 1)].map((column): Bar => {
    const listed = rows.map(({ bars }) => bars[column]?.value ?? null)
    if (listed.every((value) => value === null)) return { value: null }
    return { value: Math.max(0, 1 - listed.reduce<number>((sum, value) => sum + (value ?? 0), 0)) }
  })
  return [...rows, { name: 'all others', bars: rest, rest: true }]
}

function nameOf({ text, symbol }: Candidate, granularity: Granularity): string {
  return text === null ? nameOfSymbol(symbol, granularity) : visible(text)
}

function figuresOf(step: Step): Figures[] {
  const { members } = step
  const known = (value: number | undefined, write: (value: number) => string) =>
    value === undefined ? '–' : write(value)
  const together: Figures[] = [
    {
      name: 'share',
      title: 'Of the weighted probability of what was chosen, how much is this member’s',
      values: ['', ...members.map(({ responsibility }) => percent(responsibility))],
    },
    {
      name: 'pivotal',
      title: 'Without this member, something else would have been chosen',
      values: ['', ...members.map(({ pivotal }) => (pivotal ? 'yes' : 'no'))],
    },
    {
      name: 'KL',
      title: 'How far its view is from the fused one, in bits',
      values: ['', ...members.map(({ kl_to_ensemble }) => bits(kl_to_ensemble))],
    },
  ]
  return [
    ...(members.length < 2 ? [] : together),
    {
      name: 'entropy',
      title: 'How undecided it was, in bits',
      values: [bits(step.entropy), ...members.map(({ entropy }) => known(entropy, bits))],
    },
    {
      name: 'unlisted',
      title: 'Probability that its list does not tell',
      values: [percent(step.missing_mass), ...members.map(({ unlisted }) => known(unlisted, percent))],
    },
  ]
}

function verdict({ certified, jensen_shannon, members }: Step): string {
  const sure = certified
    ? 'Certain: whatever lists hide, the choice would be the same.'
    : 'Not certain: what the lists hide could have changed the choice.'
  return members.length < 2 ? sure : `${sure} Members differ by ${bits(jensen_shannon)} bits.`
}
