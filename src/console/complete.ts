import { colourOf } from './colours.ts'
import { connectColumns } from './columns.ts'
import { connectCompleteForm } from './complete-form.ts'
import { showCost } from './cost.ts'
import { byId } from './dom.ts'
import { count, milliseconds } from './format.ts'
import { isAbort, messageOf, type Page, type View } from './page.ts'
import { aloneBody, completionBody, type Extra, findModel, modelName } from './request.ts'
import { runCompletion, supported } from './run.ts'
import type { Segment } from './segment.ts'
import type { TextColumn } from './text-column.ts'
import { connectWaves } from './waves.ts'
import type { Diagnosis } from './wire.ts'

/** The view on which a text is written and looked into. */
export function connectComplete(page: Page): View & { stop(): void } {
  const { store } = page
  const status = byId('complete-status', HTMLElement)
  const progress = byId('progress', HTMLElement)
  const columns = connectColumns()
  const waves = connectWaves()
  const stop = () => running?.abort()
  const form = connectCompleteForm(page, { run: () => void run(), stop })
  let running: AbortController | null = null

  byId('complete-curl', HTMLButtonElement).addEventListener('click', () => {
    page.copy('v1/completions', completionBody(store.state, page.ensembles, supported()), true)
  })

  async function run(): Promise<void> {
    running?.abort()
    const own = new AbortController()
    running = own
    const began = performance.now()
    page.failed(null)
    form.busy(true)
    waves.show(null, [])
    showCost(null, 0)
    status.textContent = 'Writing…'
    const { first, written } = write(own.signal, (text) => {
      progress.textContent = `${count(text.segments.length, 'piece')}, ${milliseconds(performance.now() - began)}`
    })
    try {
      const diagnosis = await written
      const pieces = count(first.segments.length, 'piece')
      status.textContent = `Done: ${pieces} in ${milliseconds(performance.now() - began)}.`
      tell(first, diagnosis)
    } catch (error) {
      own.abort()
      // Another run has begun, and says what there is to say.
      if (running !== own) return
      const pieces = count(first.segments.length, 'piece')
      status.textContent = isAbort(error) ? `Stopped after ${pieces}.` : 'Failed.'
      if (!isAbort(error)) page.failed(error)
    } finally {
      if (running === own) {
        running = null
        form.busy(false)
        progress.textContent = ''
      }
    }
  }

  /** Begins all texts that are asked for; what is changed in the form meanwhile is for the next time. */
  function write(signal: AbortSignal, grown: (text: TextColumn) => void) {
    const { state } = store
    const { ensemble, member } = findModel(page.ensembles, state.model)
    const body = (extras: ReadonlySet<Extra>) => completionBody(state, page.ensembles, extras)
    const { first, alone } = columns.begin({
      title: member === null ? `${modelName(page.ensembles, state.model)}: together` : `${member.id} alone`,
      colour: member === null ? null : colourOf(member.id),
      prompt: state.prompt,
      granularity: ensemble?.granularity ?? 'byte',
      beside: state.alone && member === null ? (ensemble?.members ?? []).map(({ id }) => id) : [],
      chosen: (index) => waves.mark(index),
    })
    const others = alone.map(({ id, text }) =>
      runCompletion((extras) => aloneBody(body(extras), id), { segment: text.add, ended() {} }, signal).catch(
        (error: unknown) => {
          if (!isAbort(error)) text.fail(messageOf(error))
        },
      ),
    )
    async function together(): Promise<Diagnosis | null> {
      const found: { diagnosis: Diagnosis | null } = { diagnosis: null }
      const events = {
        segment(segment: Segment) {
          first.add(segment)
          grown(first)
        },
        ended(diagnosis: Diagnosis | null) {
          found.diagnosis = diagnosis
        },
      }
      await runCompletion(body, events, signal)
      await Promise.all(others)
      signal.throwIfAborted()
      return found.diagnosis
    }
    return { first, written: together() }
  }

  /** What is known of a text when it is written. */
  function tell(text: TextColumn, diagnosis: Diagnosis | null): void {
    showCost(diagnosis, text.segments.length)
    waves.show(diagnosis?.timeline ?? null, text.segments)
    const missing = [
      ...(supported().has('candidates') ? [] : ['what else was likely at each decision']),
      ...(supported().has('timeline') ? [] : ['when each member did what']),
    ]
    const note = byId('missing', HTMLElement)
    note.hidden = missing.length === 0
    note.textContent = `This gateway does not tell ${missing.join(', nor ')}.`
  }

  return { stop, update: () => form.update(), repaint: () => waves.repaint() }
}
