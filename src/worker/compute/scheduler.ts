import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Tensor } from 'onnxruntime-node'
import { toTuttiError } from '../../errors.ts'
import { chooseBatch, nextPrefill } from './batch.ts'
import type { Counters } from './counters.ts'
import { free } from './free.ts'
import type { ComputeSettings, FromCompute, Job } from './messages.ts'
import type { Model } from './model.ts'
import { answer, contextOf, type Reply, type Row } from './row.ts'
import type { Held, States } from './states.ts'
import type { Walkers } from './walker.ts'

export interface Scheduler {
  start(jobs: readonly { readonly id: number; readonly job: Job }[]): void
  taken(id: number, count: number): void
  cancel(id: number): void
}

interface Computed<H extends Held> {
  readonly logits: Tensor
  /** For each row where the logits of its last token end, the tokens it has got to, and its state there. */
  readonly ends: readonly number[]
  readonly reached: readonly number[]
  readonly after: readonly H[]
}

/** The tokens with more behind them, which no token before them sees. */
function filled(tokens: Int32Array, length: number): Int32Array {
  if (tokens.length === length) return tokens
  const more = new Int32Array(length)
  more.set(tokens)
  return more
}

/**
 * Runs all waiting rows together, one model step at a time: first those with one new token (decoding), then those of one
 * prompt length (prefill, in chunks). Between two runs the thread reads its messages, so a new row joins and a cancelled
 * one leaves at the next step.
 */
export function defineScheduler<H extends Held>(
  model: Model,
  states: States<H>,
  walkers: Walkers,
  settings: Pick<ComputeSettings, 'maxBatch' | 'chunk' | 'ahead' | 'contextLength' | 'end'>,
  counters: Counters,
  send: (replies: readonly FromCompute[]) => void,
): Scheduler {
  const rows = new Map<number, Row<H>>()
  const answering = { ...settings, vocabularySize: model.vocabularySize, ends: new Set(settings.end) }
  let turn = 0
  let running = false
  let woken = false

  function finish(row: Row<H>): void {
    if (rows.delete(row.id) && !row.busy) states.release(row.held)
    counters.set('rows_running', rows.size)
  }

  /** Ends the row's part in a run: a row that was cancelled meanwhile lets its state go. */
  function settle(row: Row<H>, held: H): boolean {
    row.held = held
    row.busy = false
    row.turn = turn
    if (rows.has(row.id)) return true
    states.release(held)
    return false
  }

  function fail(batch: readonly Row<H>[], error: unknown): void {
    const { code, message } = toTuttiError(error)
    for (const row of batch) finish(row)
    send(batch.map(({ id }) => ({ kind: 'failed', id, code, message })))
  }

  function attempt(row: Row<H>, make: () => Reply[]): Reply[] {
    try {
      return make()
    } catch (error) {
      fail([row], error)
      return []
    }
  }

  /** Replies to the logits [positions, vocabulary] from `offset` on, at the end of the row's first `reached` tokens. */
  function replies(row: Row<H>, logits: Float32Array, offset: number, positions: number): Reply[] {
    const size = model.vocabularySize
    const { reached } = row
    if (row.job.kind === 'infer') {
      const values = logits.slice(offset, offset + positions * size)
      return [{ kind: 'logits', id: row.id, values, finish: reached === row.length ? 'length' : null }]
    }
    const answers: Reply[] = []
    for (let i = 0; i < positions; i++) {
      const reply = answer(row, reached - positions + i + 1, logits, offset + i * size, answering)
      if (reply !== null) answers.push(reply)
    }
    return answers
  }

  function deliver(row: Row<H>, answers: readonly Reply[]): readonly Reply[] {
    if (answers.at(-1)?.finish) finish(row)
    return answers
  }

  /** One model step. The states of its rows are the run's until it ends. */
  async function compute(batch: readonly Row<H>[], count: number): Promise<Computed<H>> {
    const { feeds, ...plan } = states.prepare(
      batch.map((row) => row.held),
      count,
    )
    const advances = batch.map(({ held, tokens }) => ({ held, tokens: tokens.subarray(0, held.length + count) }))
    const inputs = advances.map(({ tokens }, r) => filled(tokens.subarray(plan.from[r] as number), plan.reads))
    const outputs = await model.run(inputs, plan.from, feeds)
    const logits = outputs['logits'] as Tensor
    const data = logits.data as Float32Array
    const size = model.vocabularySize
    const ends = advances.map(({ tokens }, r) => (r * plan.reads + tokens.length - (plan.from[r] as number)) * size)
    const lastLogits = (row: number) => data.slice((ends[row] as number) - size, ends[row])
    const after = states.absorb(advances, { ...plan, outputs }, lastLogits)
    return { logits, ends, reached: advances.map(({ tokens }) => tokens.length), after }
  }

  async function run(batch: readonly Row<H>[], count: number): Promise<void> {
    const began = performance.now()
    for (const row of batch) row.busy = true
    const result = await compute(batch, count).catch((error: unknown) => {
      fail(
        batch.filter((row) => settle(row, row.held)),
        error,
      )
      return null
    })
    if (result === null) return
    const logits = result.logits.data as Float32Array
    const out: Reply[] = []
    for (const [r, row] of batch.entries()) {
      if (!settle(row, result.after[r] as H)) continue
      const positions = (result.reached[r] as number) - row.reached
      row.reached += positions
      const offset = (result.ends[r] as number) - positions * model.vocabularySize
      const answers = attempt(row, () => replies(row, logits, offset, positions))
      out.push(...deliver(row, answers))
    }
    free(result.logits)
    counters.add('batches', 1)
    counters.add('rows', batch.length)
    counters.add('tokens_computed', batch.length * count)
    counters.set('state_bytes', states.bytes)
    counters.set('states', states.entries)
    counters.add('compute_seconds', (performance.now() - began) / 1000)
    // Last, so that whoever has the answer finds it counted.
    send(out)
  }

  async function loop(): Promise<void> {
    // A message that comes while the loop looks round in vain must not be lost: it looks once more.
    woken = true
    if (running) return
    running = true
    while (woken) {
      woken = false
      for (const next of [() => 1, () => nextPrefill(rows.values(), settings)]) {
        await nextTurn()
        const count = next()
        const batch = count === 0 ? [] : chooseBatch(rows.values(), count, states, settings)
        if (batch.length === 0) continue
        woken = true
        turn++
        await run(batch, count)
      }
    }
    running = false
  }

  function admit(id: number, job: Job): void {
    const held = job.kind === 'infer' ? states.start() : states.find(job.tokens, contextOf(job))
    const cached = held.length
    const length = job.kind === 'score' ? job.tokens.length - 1 : job.tokens.length
    const walker = job.kind === 'continue' && job.walk !== null ? walkers.start(job.tokens, job.walk) : null
    const row: Row<H> = {
      ...{ id, job, tokens: job.tokens, length, held, walker, cached },
      ...{ reached: cached, sent: 0, taken: 0, turn, busy: false },
    }
    rows.set(id, row)
    counters.add('contexts', 1)
    counters.add('contexts_cached', cached > 0 ? 1 : 0)
    counters.add('tokens_cached', cached)
    counters.set('rows_running', rows.size)
    const { logits } = held
    if (logits !== null && cached === contextOf(job))
      send(
        deliver(
          row,
          attempt(row, () => replies(row, logits, 0, 1)),
        ),
      )
  }

  return {
    start: (jobs) => {
      for (const { id, job } of jobs) admit(id, job)
      void loop()
    },
    taken: (id, count) => {
      const row = rows.get(id)
      if (row === undefined) return
      row.taken += count
      void loop()
    },
    cancel: (id) => {
      const row = rows.get(id)
      // A row in the running batch is released when the run ends.
      if (row !== undefined) finish(row)
    },
  }
}
