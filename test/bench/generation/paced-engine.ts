import { setTimeout as sleep } from 'node:timers/promises'
import type { Step } from '../../../src/worker/compute/messages.ts'
import type { Answer, Engine } from '../../../src/worker/engine.ts'

export interface Pace {
  /** Milliseconds to the first token of a context whose state is cached, and for each token after it. */
  readonly firstMs: number
  readonly tokenMs: number
}

/**
 * A model at a given pace, whatever the machine does meanwhile: lists are remembered, so that after a warm-up none is computed,
 * and come when a server that batches all its rows would send them.
 */
export function pacedEngine(engine: Engine, pace: Pace): Engine {
  const known = new Map<string, Promise<Step>>()
  const never = new AbortController().signal

  function stepAfter(tokens: Int32Array): Promise<Step> {
    const key = tokens.join()
    let step = known.get(key)
    if (step === undefined) {
      step = engine.lists([tokens], engine.vocabularySize, never).then(([one]) => one as Step)
      known.set(key, step)
    }
    return step
  }

  async function* run(job: Parameters<Engine['run']>[0], signal: AbortSignal): AsyncGenerator<Answer, void> {
    const began = performance.now()
    const due = async (index: number) => {
      const ms = began + pace.firstMs + index * pace.tokenMs - performance.now()
      if (ms > 0) await sleep(ms, undefined, { signal })
    }
    if (job.kind !== 'continue' || job.walk !== null) {
      let index = 0
      for await (const answer of engine.run(job, signal)) {
        await due(job.kind === 'continue' ? index++ : 0)
        yield answer
      }
      return
    }
    let { tokens } = job
    for (let index = 0; index < job.maxTokens; index++) {
      const step = await stepAfter(tokens)
      await due(index)
      const finish = step.end && job.stopAtEnd ? 'stop' : index + 1 === job.maxTokens ? 'length' : null
      yield { kind: 'step', id: 0, step, cached: tokens.length, finish }
      if (finish !== null) return
      tokens = Int32Array.from([...tokens, step.token])
    }
  }

  return {
    vocabularySize: engine.vocabularySize,
    counters: engine.counters,
    died: engine.died,
    get alive() {
      return engine.alive
    },
    learn: (source) => engine.learn(source),
    run,
    async lists(contexts, _topK, signal) {
      const began = performance.now()
      const steps = await Promise.all(contexts.map(stepAfter))
      const ms = began + pace.tokenMs - performance.now()
      if (ms > 0) await sleep(ms, undefined, { signal })
      return steps
    },
    close: () => engine.close(),
  }
}
