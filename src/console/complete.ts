import { colourOf } from './colours.ts'
import { showCost } from './cost.ts'
import { byId } from './dom.ts'
import { count, milliseconds } from './format.ts'
import { connectInspector } from './inspector.ts'
import { isAbort, messageOf, type Page, type View } from './page.ts'
import { aloneBody, completionBody, type Extra, findModel, modelName } from './request.ts'
import { runCompletion, supported } from './run.ts'
import type { Segment } from './segment.ts'
import { fillSelect, modelOptions } from './selects.ts'
import { connectSliders } from './sliders.ts'
import { limits } from './state.ts'
import { defineTextColumn, type TextColumn } from './text-column.ts'
import { connectWaves } from './waves.ts'
import type { Diagnosis } from './wire.ts'

const pools = [
  ['linear', 'linear: weighted average'],
  ['log_linear', 'log-linear: weighted product'],
  ['vote', 'vote: each its likeliest'],
] as const

/** The view on which a text is written and looked into. */
export function connectComplete(page: Page): View & { stop(): void } {
  const { store } = page
  const form = byId('complete-form', HTMLFormElement)
  const prompt = byId('prompt', HTMLTextAreaElement)
  const model = byId('model', HTMLSelectElement)
  const pool = byId('pool', HTMLSelectElement)
  const alone = byId('alone', HTMLInputElement)
  const temperature = byId('temperature', HTMLInputElement)
  const seed = byId('seed', HTMLInputElement)
  const maxTokens = byId('max-tokens', HTMLInputElement)
  const run = byId('run', HTMLButtonElement)
  const stop = byId('stop', HTMLButtonElement)
  const status = byId('complete-status', HTMLElement)
  const progress = byId('progress', HTMLElement)
  const texts = byId('texts', HTMLElement)
  const sliders = connectSliders(page)
  const inspector = connectInspector()
  const waves = connectWaves()
  let running: AbortController | null = null

  prompt.addEventListener('input', () => store.set({ prompt: prompt.value }))
  model.addEventListener('change', () => store.set({ model: model.value, weights: null, pool: null }))
  pool.addEventListener('change', () => store.set({ pool: pool.value === '' ? null : pool.value }))
  alone.addEventListener('change', () => store.set({ alone: alone.checked }))
  bindNumber(temperature, limits.temperature, (value) => store.set({ temperature: value }))
  bindNumber(seed, limits.seed, (value) => value !== null && store.set({ seed: value }))
  bindNumber(maxTokens, limits.maxTokens, (value) => value !== null && store.set({ maxTokens: value }))
  byId('new-seed', HTMLButtonElement).addEventListener('click', () => {
    store.set({ seed: crypto.getRandomValues(new Uint16Array(1))[0] ?? 0 })
  })
  byId('complete-curl', HTMLButtonElement).addEventListener('click', () => {
    page.copy('v1/completions', completionBody(store.state, page.ensembles, supported()), true)
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (form.reportValidity()) void start()
  })
  prompt.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
  })
  stop.addEventListener('click', () => running?.abort())

  /** @param main whether the timeline is that of this column. */
  function column(id: string, title: string, colour: string | null, main: boolean): TextColumn {
    const granularity = findModel(page.ensembles, store.state.model).ensemble?.granularity ?? 'byte'
    const made = defineTextColumn({
      id,
      title,
      colour,
      prompt: store.state.prompt,
      chosen(segment, index) {
        for (const other of columns) if (other !== made) other.select(null)
        inspector.show(segment, granularity)
        waves.mark(main ? index : null)
      },
      within: (by) => inspector.move(by),
    })
    columns.push(made)
    return made
  }
  const columns: TextColumn[] = []

  async function start(): Promise<void> {
    running?.abort()
    const own = new AbortController()
    running = own
    const { ensemble, member } = findModel(page.ensembles, store.state.model)
    const began = performance.now()
    page.failed(null)
    columns.length = 0
    inspector.clear()
    waves.show(null, [])
    showCost(null, 0)
    run.disabled = true
    stop.disabled = false
    status.textContent = 'Writing…'

    const name = modelName(page.ensembles, store.state.model)
    const title = member === null ? `${name}: together` : `${member.id} alone`
    const first = column('text-0', title, member === null ? null : colourOf(member.id), true)
    const beside = store.state.alone && member === null ? (ensemble?.members ?? []) : []
    const others = beside.map(({ id }, index) => ({
      id,
      text: column(`text-${index + 1}`, `${id} alone, length in its own tokens`, colourOf(id), false),
    }))
    texts.replaceChildren(...columns.map(({ root }) => root))
    const found: { diagnosis: Diagnosis | null } = { diagnosis: null }
    // What is changed in the form while it runs is for the next time.
    const { state } = store
    const body = (extras: ReadonlySet<Extra>) => completionBody(state, page.ensembles, extras)
    const besides = others.map(({ id, text }) =>
      runCompletion(
        (extras) => aloneBody(body(extras), id),
        { segment: (segment) => text.add(segment), ended() {} },
        own.signal,
      ).catch((error: unknown) => {
        if (!isAbort(error)) text.fail(messageOf(error))
      }),
    )
    const add = (segment: Segment) => {
      first.add(segment)
      progress.textContent = `${count(first.segments.length, 'piece')}, ${milliseconds(performance.now() - began)}`
    }
    try {
      await runCompletion(
        body,
        {
          segment: add,
          ended(diagnosis) {
            found.diagnosis = diagnosis
          },
        },
        own.signal,
      )
      await Promise.all(besides)
      status.textContent = `Done: ${count(first.segments.length, 'piece')} in ${milliseconds(performance.now() - began)}.`
    } catch (error) {
      if (running !== own) return
      status.textContent = isAbort(error) ? `Stopped after ${count(first.segments.length, 'piece')}.` : 'Failed.'
      if (!isAbort(error)) page.failed(error)
      own.abort()
    } finally {
      if (running === own) {
        running = null
        run.disabled = false
        stop.disabled = true
        progress.textContent = ''
      }
    }
    if (running === null) finish(first, found.diagnosis)
  }

  function finish(first: TextColumn, diagnosis: Diagnosis | null): void {
    showCost(diagnosis, first.segments.length)
    waves.show(diagnosis?.timeline ?? null, first.segments)
    const missing = [
      ...(supported().has('candidates') ? [] : ['what else was likely at each decision']),
      ...(supported().has('timeline') ? [] : ['when each member did what']),
    ]
    const note = byId('missing', HTMLElement)
    note.hidden = missing.length === 0
    note.textContent = `This gateway does not tell ${missing.join(', nor ')}.`
  }

  return {
    stop: () => running?.abort(),
    update() {
      const { state } = store
      const { ensemble, member } = findModel(page.ensembles, state.model)
      if (prompt.value !== state.prompt) prompt.value = state.prompt
      fillSelect(model, modelOptions(page.ensembles), modelName(page.ensembles, state.model))
      const free = member === null && ensemble?.per_request?.includes('pool') === true
      fillSelect(pool, [['', `as configured: ${ensemble?.pool ?? ''}`], ...pools], free ? (state.pool ?? '') : '')
      pool.disabled = !free
      alone.checked = state.alone
      alone.disabled = member !== null
      temperature.placeholder = String(ensemble?.sampling.temperature ?? '')
      show(temperature, state.temperature)
      show(seed, state.seed)
      show(maxTokens, state.maxTokens)
      sliders.update()
    },
    repaint: () => waves.repaint(),
  }
}

function bindNumber(
  input: HTMLInputElement,
  { least, most }: { readonly least: number; readonly most: number },
  set: (value: number | null) => void,
): void {
  input.min = String(least)
  input.max = String(most)
  input.addEventListener('input', () => {
    if (input.validity.valid) set(input.value === '' ? null : input.valueAsNumber)
  })
}

function show(input: HTMLInputElement, value: number | null): void {
  const text = value === null ? '' : String(value)
  // Not while somebody types "0." into it.
  if (document.activeElement !== input && input.value !== text) input.value = text
}
