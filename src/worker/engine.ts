import { Worker } from 'node:worker_threads'
import type { VocabularySource } from '../core/lattice/vocabulary.ts'
import { TuttiError } from '../errors.ts'
import { type Counters, defineCounters, makeCounterMemory } from './compute/counters.ts'
import type { ComputeSettings, FromCompute, Job, Step, ToCompute } from './compute/messages.ts'

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
  /**
   * The list after each context, computed together as far as they can be.
   *
   * @throws TuttiError when the model fails, `client_closed` on abort.
   */
  lists(contexts: readonly Int32Array[], topK: number, signal: AbortSignal): Promise<Step[]>
  /** Rejects when the compute thread dies; never settles otherwise. */
  readonly died: Promise<never>
  /** False once the compute thread is gone. */
  readonly alive: boolean
  close(): Promise<void>
}

/** Who waits for a job. */
interface Waiting {
  answer(answer: Answer): void
  fail(error: Error): void
}

function closed(): TuttiError {
  return new TuttiError('client_closed', 'the client closed the request')
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
    for (const job of jobs.values()) job.fail(error)
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
      if (reply.kind === 'failed') job?.fail(new TuttiError(reply.code, reply.message))
      else job?.answer(reply)
    }
  })

  async function* run(job: Job, signal: AbortSignal): AsyncGenerator<Answer, void> {
    if (!alive) throw new TuttiError('overloaded', 'the model is not running')
    const id = nextId++
    let wakeUp = Promise.withResolvers<void>()
    const answers: Answer[] = []
    let failure: Error | null = null
    const fail = (error: Error) => {
      failure = error
      wakeUp.resolve()
    }
    const answer = (one: Answer) => {
      answers.push(one)
      wakeUp.resolve()
    }
    const abort = () => fail(closed())
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    jobs.set(id, { answer, fail })
    let finished = false
    let taken = 0
    try {
      post({ kind: 'start', jobs: [{ id, job }] })
      for (;;) {
        if (failure !== null) throw failure
        const next = answers.shift()
        if (next === undefined) {
          await wakeUp.promise
          wakeUp = Promise.withResolvers()
          continue
        }
        finished = next.finish !== null
        yield next
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

  async function lists(contexts: readonly Int32Array[], topK: number, signal: AbortSignal): Promise<Step[]> {
    if (!alive) throw new TuttiError('overloaded', 'the model is not running')
    if (signal.aborted) throw closed()
    const aborted = Promise.withResolvers<never>()
    const abort = () => aborted.reject(closed())
    const started = contexts.map((tokens) => {
      const id = nextId++
      const { promise, resolve, reject } = Promise.withResolvers<Step>()
      jobs.set(id, { answer: (one) => one.kind === 'step' && resolve(one.step), fail: reject })
      const job: Job = { kind: 'continue', tokens, maxTokens: 1, topK, stopAtEnd: true, walk: null }
      return { id, job, promise }
    })
    signal.addEventListener('abort', abort)
    let finished = false
    try {
      post({ kind: 'start', jobs: started.map(({ id, job }) => ({ id, job })) })
      const steps = await Promise.race([Promise.all(started.map(({ promise }) => promise)), aborted.promise])
      finished = true
      return steps
    } finally {
      signal.removeEventListener('abort', abort)
      for (const { id } of started) {
        jobs.delete(id)
        if (!finished && alive) post({ kind: 'cancel', id })
      }
    }
  }

  return {
    vocabularySize: ready.vocabularySize,
    counters: defineCounters(memory),
    learn: (source) => post({ kind: 'vocabulary', source }),
    run,
    lists,
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
