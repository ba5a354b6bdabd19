import { post } from './api.ts'
import { barTable } from './bars.ts'
import { colourOf } from './colours.ts'
import { byId } from './dom.ts'
import { percent } from './format.ts'
import type { Page, View } from './page.ts'
import { classifyBody, findModel, modelName } from './request.ts'
import { visible } from './segment.ts'
import { fillSelect, modelOptions } from './selects.ts'
import { initial, normalisations } from './state.ts'
import type { Classification } from './wire.ts'

/** The view on which a label is chosen. */
export function connectClassify(page: Page): View {
  const { store } = page
  const texts = {
    input: byId('input', HTMLTextAreaElement),
    template: byId('template', HTMLTextAreaElement),
    labels: byId('labels', HTMLTextAreaElement),
  }
  const model = byId('classify-model', HTMLSelectElement)
  const normalisation = byId('normalisation', HTMLSelectElement)
  const status = byId('classify-status', HTMLElement)
  let running: AbortController | null = null

  for (const [name, field] of Object.entries(texts)) {
    field.addEventListener('input', () => store.set({ [name]: field.value }))
  }
  model.addEventListener('change', () => store.set({ model: model.value, weights: null, pool: null }))
  normalisation.addEventListener('change', () => {
    store.set({ normalisation: normalisations.find((one) => one === normalisation.value) ?? initial.normalisation })
  })
  byId('classify-curl', HTMLButtonElement).addEventListener('click', () => {
    page.copy('v1/classify', classifyBody(store.state, page.ensembles))
  })
  byId('classify-form', HTMLFormElement).addEventListener('submit', (event) => {
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
      const answer = await post<Classification>('v1/classify', classifyBody(store.state, page.ensembles), own.signal)
      show(answer)
      status.textContent = 'Done.'
    } catch (error) {
      if (running !== own) return
      status.textContent = 'Failed.'
      page.failed(error)
    }
  }

  function show({ results: [result] }: Classification): void {
    if (result === undefined) return
    byId('classify-result', HTMLElement).hidden = false
    byId('classify-title', HTMLElement).textContent = `“${result.label.trim()}”`
    const best = result.labels[0]
    const sure = result.certain
      ? 'No other label can be likelier, whatever lists hide.'
      : 'What lists hide could make another label likelier.'
    const lost = result.degraded ? ' Some member was missing.' : ''
    byId('classify-words', HTMLElement).textContent = `${percent(best?.probability ?? 0)} likely. ${sure}${lost}`
    const ids = best?.members.map(({ id }) => id) ?? []
    const columns = [{ name: 'Fused', colour: 'var(--ink)' }, ...ids.map((id) => ({ name: id, colour: colourOf(id) }))]
    const rows = result.labels.map(({ label, probability: value, low, high, members }, index) => ({
      name: label.trim(),
      title: visible(label),
      chosen: index === 0,
      bars: [{ value, low, high }, ...members.map((own) => ({ value: own.probability, low: own.low, high: own.high }))],
    }))
    byId('classify-table', HTMLElement).replaceChildren(barTable('How likely each label is', columns, rows))
  }

  return {
    update() {
      const { state } = store
      for (const [name, field] of Object.entries(texts)) {
        const value = state[name as keyof typeof texts]
        if (field.value !== value) field.value = value
      }
      fillSelect(model, modelOptions(page.ensembles), modelName(page.ensembles, state.model))
      const { ensemble } = findModel(page.ensembles, state.model)
      if (ensemble !== null) normalisation.value = state.normalisation
    },
    repaint() {},
  }
}
