import { parentPort, workerData } from 'node:worker_threads'
import { defineAttentionStates } from './attention-states.ts'
import { defineCounters } from './counters.ts'
import type { ComputeSettings, FromCompute, ToCompute } from './messages.ts'
import { loadModel, type Model } from './model.ts'
import { defineScheduler, type Scheduler } from './scheduler.ts'
import { defineSnapshotStates } from './snapshot-states.ts'
import { defineWalkers } from './walker.ts'

// Entry of the compute thread. ONNX Runtime's `run` blocks the thread it is called on, so it has one to itself.

if (parentPort === null) throw new Error('thread.ts runs as a worker thread')
const port = parentPort
const settings = workerData as ComputeSettings

function buffersOf(reply: FromCompute): ArrayBufferLike[] {
  if (reply.kind === 'logits') return [reply.values.buffer]
  if (reply.kind !== 'step') return []
  return reply.step.ids === null ? [reply.step.logProbs.buffer] : [reply.step.ids.buffer, reply.step.logProbs.buffer]
}

function send(replies: readonly FromCompute[]): void {
  if (replies.length > 0) port.postMessage(replies, replies.flatMap(buffersOf) as ArrayBuffer[])
}

function schedule(model: Model): Scheduler {
  const counters = defineCounters(settings.counters)
  const { signature } = model
  return signature.kind === 'attention'
    ? defineScheduler(
        model,
        defineAttentionStates(signature, settings.stateBytes, settings.deterministic),
        walkers,
        settings,
        counters,
        send,
      )
    : defineScheduler(model, defineSnapshotStates(signature, settings.stateBytes), walkers, settings, counters, send)
}

const walkers = defineWalkers()
const model = await loadModel(settings.onnxPath, settings.threads)
const scheduler = schedule(model)
port.on('message', (message: ToCompute) => {
  if (message.kind === 'start') scheduler.start(message.jobs)
  else if (message.kind === 'vocabulary') walkers.learn(message.source)
  else if (message.kind === 'taken') scheduler.taken(message.id, message.count)
  else if (message.kind === 'cancel') scheduler.cancel(message.id)
  else port.close()
})
send([{ kind: 'ready', vocabularySize: model.vocabularySize }])
