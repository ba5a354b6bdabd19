import type { FastifyInstance, FastifyPluginCallback } from 'fastify'
import { TuttiError } from '../../errors.ts'
import type { Service } from './service.ts'

function assertReady(service: Service): void {
  if (!service.engine.alive) throw new TuttiError('overloaded', 'the model is not running')
}

/** Server-level routes of the Open Inference Protocol, and counters. */
export function serverRoutes(app: FastifyInstance, service: Service): void {
  // `models` goes beyond the protocol, which has no way to ask a server what it serves.
  const server = { name: 'tutti-worker', version: '0.1.0', extensions: ['binary_tensor_data'], models: [service.name] }
  app.get('/v2', () => server)
  app.get('/v2/health/live', () => ({ live: true }))
  app.get('/v2/health/ready', () => {
    assertReady(service)
    return { ready: true }
  })
  app.get('/v2/stats', () => ({
    ...service.engine.counters.read(),
    resident_bytes: process.memoryUsage.rss(),
    processor_seconds: processorSeconds(),
  }))
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Metadata and readiness of the model. */
export function modelRoutes(service: Service): FastifyPluginCallback {
  const { name, table, contextLength, chat } = service
  const tensor = (input: string) => ({ name: input, datatype: 'INT64', shape: [-1, -1] })
  const metadata = {
    name,
    versions: ['1'],
    platform: 'onnxruntime_onnx',
    inputs: [tensor('input_ids'), tensor('attention_mask')],
    outputs: [{ name: 'logits', datatype: 'FP32', shape: [-1, -1, table.size] }],
    parameters: {
      context_length: contextLength,
      vocabulary_size: table.size,
      vocabulary_fingerprint: table.fingerprint,
      chat_template: chat !== null,
    },
  }
  return (app, _options, done) => {
    app.get('/', () => metadata)
    app.get('/ready', () => {
      assertReady(service)
      return { name, ready: true }
    })
    done()
  }
}
