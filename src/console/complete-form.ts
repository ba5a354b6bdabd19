import { byId } from './dom.ts'
import { connectNumber } from './number-field.ts'
import type { Page } from './page.ts'
import { askedPool, findModel, modelName, poolsOf } from './request.ts'
import { fillSelect, modelOptions } from './selects.ts'
import { connectSliders } from './sliders.ts'
import { limits, type Pool, pools } from './state.ts'

const poolNames: Readonly<Record<Pool, string>> = {
  linear: 'linear: weighted average',
  log_linear: 'log-linear: weighted product',
  vote: 'vote: each its likeliest',
}

export interface CompleteForm {
  /** Shows what the state and the ensembles say. */
  update(): void
  /** Whether a text is being written. */
  busy(is: boolean): void
}

/** What is to be written, by whom and how. */
export function connectCompleteForm(page: Page, asked: { run(): void; stop(): void }): CompleteForm {
  const { store } = page
  const form = byId('complete-form', HTMLFormElement)
  const prompt = byId('prompt', HTMLTextAreaElement)
  const model = byId('model', HTMLSelectElement)
  const pool = byId('pool', HTMLSelectElement)
  const alone = byId('alone', HTMLInputElement)
  const temperatureInput = byId('temperature', HTMLInputElement)
  const run = byId('run', HTMLButtonElement)
  const stop = byId('stop', HTMLButtonElement)
  const sliders = connectSliders(page)

  const temperature = connectNumber(temperatureInput, limits.temperature, (value) => store.set({ temperature: value }))
  const seed = connectNumber(byId('seed', HTMLInputElement), limits.seed, (value) => {
    if (value !== null) store.set({ seed: value })
  })
  const maxTokens = connectNumber(byId('max-tokens', HTMLInputElement), limits.maxTokens, (value) => {
    if (value !== null) store.set({ maxTokens: value })
  })
  byId('new-seed', HTMLButtonElement).addEventListener('click', () => {
    store.set({ seed: crypto.getRandomValues(new Uint16Array(1))[0] ?? 0 })
  })
  prompt.addEventListener('input', () => store.set({ prompt: prompt.value }))
  model.addEventListener('change', () => store.set({ model: model.value, weights: null, pool: null }))
  pool.addEventListener('change', () => store.set({ pool: pools.find((one) => one === pool.value) ?? null }))
  alone.addEventListener('change', () => store.set({ alone: alone.checked }))
  prompt.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    asked.run()
  })
  stop.addEventListener('click', () => asked.stop())

  return {
    update() {
      const { state } = store
      const { ensemble, member } = findModel(page.ensembles, state.model)
      if (prompt.value !== state.prompt) prompt.value = state.prompt
      fillSelect(model, modelOptions(page.ensembles), modelName(page.ensembles, state.model))
      const whole = member === null ? ensemble : null
      const free = whole === null ? [] : poolsOf(whole)
      const choices = (free.length === 0 ? pools : free).map((one) => [one, poolNames[one]] as const)
      const asked = whole === null ? null : askedPool(state, whole)
      fillSelect(pool, [['', `as configured: ${ensemble?.pool ?? ''}`], ...choices], asked ?? '')
      pool.disabled = free.length === 0
      alone.checked = state.alone
      alone.disabled = member !== null
      temperatureInput.placeholder = String(ensemble?.sampling.temperature ?? '')
      temperature.show(state.temperature)
      seed.show(state.seed)
      maxTokens.show(state.maxTokens)
      sliders.update()
    },
    busy(is) {
      run.disabled = is
      stop.disabled = !is
    },
  }
}
