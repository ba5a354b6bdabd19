import { Worker } from 'node:worker_threads'
import type { VocabularySource } from '../core/lattice/vocabulary.ts'
import { TuttiError } from '../errors.ts'
import { type Counters, defineCounters, makeCounterMemory } from './compute/counters.ts'
import type { ComputeSettings, FromCompute, Job, ToCompute } from './compute/messages.ts'

export type Answer = Extract<FromCompute, { kind: 'step' | 'logits' }>

/** The main thread's handle on the compute thread. */
export interface Engine {
  readonly vocabularySize: number
  readonly counters: Counters
  /** Says what the tokens are; before the first job that walks. */
  learn(source: VocabularySource): void
  /**
   * Runs a job. Each answer that is taken lets a continuation go one step further; leaving the loop or aborting ends the
   * job within one step.
   *
   * @throws TuttiError when the model fails, `client_closed` on abort.
   */
  run(job: Job, signal: AbortSignal): AsyncGenerator<Answer, void>
  /** Rejects when the compute thread dies; never settles otherwise. */
  readonly died: Promise<never>
  /** False once the compute thread is gone. */
  readonly alive: boolean
  close(): Promise<void>
}

interface Waiting {
  readonly answers: Answer[]
  error: Error | null
  wake(): void
}

function firstReply(thread: Worker): Promise<FromCompute> {
  return new Promise((resolve, reject) => {
    thread.once('message', (replies: FromCompute[]) => resolve(replies[0] as FromCompute))
    thread.once('error', reject)
    thread.once('exit', (code) =>
      reject(new TuttiError('internal', `the compute thread exited with code ${code} while loading`)),
    )
  })
}

/** @throws TuttiError `invalid_model` when the model can't be loaded. */
export async function startEngine(settings: Omit<ComputeSettings, 'counters'>): Promise<Engine> {
  const memory = makeCounterMemory()
  const thread = new Worker(new URL('./compute/thread.ts', import.meta.url), {
    workerData: { ...settings, counters: memory } satisfies ComputeSettings,
  })
  const ready = await firstReply(thread).catch((error: Error & { code?: string }) => {
    // The class of an error is lost between threads, its message and code are kept.
    throw new TuttiError(error.code === 'invalid_model' ? 'invalid_model' : 'internal', error.message, { cause: error })
  })
  if (ready.kind !== 'ready') throw new TuttiError('internal', `the compute thread began with ${ready.kind}`)

  // Half of what a row may be ahead: fewer messages, and the thread never waits for a consumer that keeps up.
  const acknowledged = Math.max(1, settings.ahead >> 1)
  const jobs = new Map<number, Waiting>()
  let nextId = 0
  let alive = true
  let closing = false
  const died = Promise.withResolvers<never>()
  died.promise.catch(() => {})

  const post = (message: ToCompute) => thread.postMessage(message)

  function failAll(error: Error): void {
    alive = false
    for (const job of jobs.values()) {
      job.error = error
      job.wake()
    }
    if (!closing) died.reject(error)
  }

  thread.removeAllListeners('exit')
  thread.removeAllListeners('error')
  thread.on('error', failAll)
  thread.on('exit', (code) => failAll(new TuttiError('internal', `the compute thread exited with code ${code}`)))
  thread.on('message', (replies: FromCompute[]) => {
    for (const reply of replies) {
      if (reply.kind === 'ready') continue
      const job = jobs.get(reply.id)
      if (job === undefined) continue
      if (reply.kind === 'failed') job.error = new TuttiError(reply.code, reply.message)
      else job.answers.push(reply)
      job.wake()
    }
  })

  async function* run(job: Job, signal: AbortSignal): AsyncGenerator<Answer, void> {
    if (!alive) throw new TuttiError('overloaded', 'the model is not running')
    const id = nextId++
    let wakeUp = Promise.withResolvers<void>()
    const waiting: Waiting = { answers: [], error: null, wake: () => wakeUp.resolve() }
    const abort = () => {
      waiting.error = new TuttiError('client_closed', 'the client closed the request')
      waiting.wake()
    }
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    jobs.set(id, waiting)
    let finished = false
    let taken = 0
    try {
      post({ kind: 'start', id, job })
      for (;;) {
        if (waiting.error !== null) throw waiting.error
        const answer = waiting.answers.shift()
        if (answer === undefined) {
          await wakeUp.promise
          wakeUp = Promise.withResolvers()
          continue
        }
        finished = answer.finish !== null
        yield answer
        if (finished) return
        taken++
        if (taken < acknowledged) continue
        post({ kind: 'taken', id, count: taken })
        taken = 0
      }
    } finally {
      signal.removeEventListener('abort', abort)
      jobs.delete(id)
      if (!finished && alive) post({ kind: 'cancel', id })
    }
  }

  return {
    vocabularySize: ready.vocabularySize,
    counters: defineCounters(memory),
    learn: (source) => post({ kind: 'vocabulary', source }),
    run,
    died: died.promise,
    get alive() {
      return alive
    },
    close: async () => {
      if (!alive) return
      closing = true
      const exited = new Promise((resolve) => thread.once('exit', resolve))
      post({ kind: 'close' })
      await exited
    },
  }
}
