import type uPlot from 'uplot'
import { post } from './api.ts'
import { followWidth } from './chart-width.ts'
import { colourOf } from './colours.ts'
import { byId, element } from './dom.ts'
import { bits } from './format.ts'
import { bitsPerByte, fused, heatOf, nameOfSource, scaleOf } from './heat.ts'
import type { Page, View } from './page.ts'
import { modelName, scoreBody } from './request.ts'
import { drawScoreChart } from './score-chart.ts'
import { visible } from './segment.ts'
import { fillSelect, modelOptions } from './selects.ts'
import { defineStrip } from './strip.ts'
import type { TextScore } from './wire.ts'

/** The view on which a text is scored: a heat map of bits per byte. */
export function connectScore(page: Page): View {
  const { store } = page
  const text = byId('text', HTMLTextAreaElement)
  const model = byId('score-model', HTMLSelectElement)
  const heat = byId('heat', HTMLSelectElement)
  const less = byId('less', HTMLSelectElement)
  const status = byId('score-status', HTMLElement)
  const words = byId('heat-words', HTMLElement)
  const chartRoot = byId('score-chart', HTMLElement)
  const strip = defineStrip(byId('heat-map', HTMLElement), { chosen: tell })
  let running: AbortController | null = null
  let score: TextScore | null = null
  let chart: uPlot | null = null
  let painted = ''

  followWidth(chartRoot, () => chart)
  text.addEventListener('input', () => store.set({ text: text.value }))
  model.addEventListener('change', () => store.set({ model: model.value, weights: null, pool: null }))
  heat.addEventListener('change', () => store.set({ heat: heat.value }))
  less.addEventListener('change', () => store.set({ less: less.value }))
  byId('score-curl', HTMLButtonElement).addEventListener('click', () => {
    page.copy('v1/score', scoreBody(store.state, page.ensembles))
  })
  byId('score-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    void run()
  })

  async function run(): Promise<void> {
    running?.abort()
    const own = new AbortController()
    running = own
    page.failed(null)
    status.textContent = 'Asking…'
    try {
      const body = scoreBody(store.state, page.ensembles)
      const answer = await post<{ readonly scores: readonly TextScore[] }>('v1/score', body, own.signal)
      score = answer.scores[0] ?? null
      byId('score-result', HTMLElement).hidden = score === null
      status.textContent = 'Done.'
      show()
    } catch (error) {
      if (running !== own) return
      status.textContent = 'Failed.'
      page.failed(error)
    }
  }

  /** Sources as the state has them, as far as this score does. */
  function sources(found: TextScore): { readonly source: string; readonly less: string | null } {
    const known = [fused, ...found.members.map(({ id }) => id)]
    const { state } = store
    const source = known.includes(state.heat) ? state.heat : fused
    return { source, less: known.includes(state.less) && state.less !== source ? state.less : null }
  }

  function fill(found: TextScore): void {
    const chosen = sources(found)
    const all = [fused, ...found.members.map(({ id }) => id)].map((source) => [source, nameOfSource(source)] as const)
    fillSelect(heat, all, chosen.source)
    fillSelect(less, [['', 'nothing'], ...all], chosen.less ?? '')
  }

  function show(): void {
    if (score === null) return
    fill(score)
    strip.clear()
    words.textContent = 'Point at a piece, or go along them with the arrow keys.'
    painted = ''
    paint()
    drawChart()
    byId('score-table', HTMLElement).replaceChildren(tableOf(score))
  }

  function drawChart(): void {
    chart?.destroy()
    chart = score?.segments === undefined ? null : drawScoreChart(chartRoot, score)
  }

  function paint(): void {
    if (score === null) return
    const { segments = [] } = score
    const chosen = sources(score)
    if (painted === JSON.stringify(chosen)) return
    painted = JSON.stringify(chosen)
    const values = heatOf(segments, chosen.source, chosen.less)
    const end = scaleOf(values)
    for (const [index, segment] of segments.entries()) {
      const value = values[index] ?? null
      const shade = value === null ? 1 : Math.min(1, Math.abs(value) / end)
      const sign = chosen.less === null ? 'var(--heat)' : value !== null && value < 0 ? 'var(--cold)' : 'var(--heat)'
      const label = `${segment.text.trim() === '' ? visible(segment.text) : segment.text}, ${bits(value)} bits per byte`
      const paint = { text: segment.text, colour: sign, shade, underlined: value === null, label }
      if (strip.root.children[index] === undefined) strip.add(paint)
      else strip.paint(index, paint)
    }
    byId('scale', HTMLElement).replaceChildren(
      ...(chosen.less === null
        ? ['foreseen', element('span', { class: 'ramp' }), `${end.toFixed(1)} bits a byte or more`]
        : [
            `${nameOfSource(chosen.source)} foresaw it better`,
            element('span', { class: 'ramp both' }),
            `${nameOfSource(chosen.less)} did, by ${end.toFixed(1)} bits a byte or more`,
          ]),
    )
  }

  function tell(index: number): void {
    const segment = score?.segments?.[index]
    if (segment === undefined || score === null) return
    const each = [fused, ...score.members.map(({ id }) => id)].map(
      (source) => `${nameOfSource(source)} ${bits(bitsPerByte(segment, source))}`,
    )
    words.textContent = `“${visible(segment.text)}”, bits per byte: ${each.join(', ')}`
  }

  return {
    update() {
      const { state } = store
      if (text.value !== state.text) text.value = state.text
      fillSelect(model, modelOptions(page.ensembles), modelName(page.ensembles, state.model))
      if (score === null) return
      fill(score)
      paint()
    },
    repaint: drawChart,
  }
}

function tableOf({ members, bytes, degraded, ...whole }: TextScore): HTMLElement {
  const rows = [{ id: fused, ...whole }, ...members].map(
    ({ id, bits: all, bits_per_byte, log_prob_low, log_prob_high }) => {
      const colour = id === fused ? 'var(--ink)' : colourOf(id)
      const bound = (value: number | null) => bits(value === null ? null : value === 0 ? 0 : -value / Math.LN2 / bytes)
      const exact = log_prob_low === log_prob_high
      const figures = [
        bits(bits_per_byte),
        exact ? 'exact' : `${bound(log_prob_high)} to ${bound(log_prob_low)}`,
        bits(all),
      ]
      return element('tr', {
        children: [
          element('th', {
            attributes: { scope: 'row' },
            children: [element('span', { class: 'swatch', style: { '--colour': colour } }), nameOfSource(id)],
          }),
          ...figures.map((figure) => element('td', { text: figure })),
        ],
      })
    },
  )
  const heads = ['bits per byte', 'between', 'bits in all'].map((head) =>
    element('th', { text: head, attributes: { scope: 'col' } }),
  )
  return element('table', {
    class: 'figures',
    children: [
      element('caption', { text: `${bytes} bytes${degraded ? '; some member was missing' : ''}` }),
      element('thead', { children: [element('tr', { children: [element('td'), ...heads] })] }),
      element('tbody', { children: rows }),
    ],
  })
}
