import type { FastifyPluginCallback, FastifyRequest } from 'fastify'
import { TuttiError } from '../../errors.ts'
import { clientSignal } from './client-signal.ts'
import type { Service } from './service.ts'
import { readTensorRequest, type TensorRequest } from './tensor-request.ts'

/** Most logits of one answer: 64 Mi values are 256 MiB. */
const maxLogits = 1 << 26

/** Logits [batch, sequence, vocabulary] of all rows; 0 at masked positions. */
async function infer(service: Service, request: TensorRequest, signal: AbortSignal): Promise<Float32Array> {
  const { size } = service.table
  const logits = new Float32Array(request.rows.length * request.sequence * size)
  const fill = async ({ tokens, offset }: TensorRequest['rows'][number], row: number) => {
    let at = (row * request.sequence + offset) * size
    for await (const answer of service.engine.run({ kind: 'infer', tokens }, signal)) {
      if (answer.kind !== 'logits') continue
      logits.set(answer.values, at)
      at += answer.values.length
    }
  }
  await Promise.all(request.rows.map(fill))
  return logits
}

function headerLengthOf(request: FastifyRequest): number | null {
  const value = request.headers['inference-header-content-length']
  if (value === undefined) return null
  const length = Number(value)
  if (Number.isInteger(length) && length >= 0) return length
  throw new TuttiError('invalid_request', `Inference-Header-Content-Length: ${value} is not a length`)
}

/** `POST …/infer`: input_ids (and attention_mask) to logits, without state, in JSON and with binary tensors. */
export function inferRoute(service: Service): FastifyPluginCallback {
  return (app, _options, done) => {
    // JSON and binary bodies share one reader: what is JSON in them is told by a header.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      ['application/json', 'application/octet-stream'],
      { parseAs: 'buffer' },
      (_request, body, parsed) => parsed(null, body),
    )
    app.post('/infer', async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const tensors = readTensorRequest(service, body, headerLengthOf(request))
      const shape = [tensors.rows.length, tensors.sequence, service.table.size]
      const count = shape.reduce((product, dimension) => product * dimension, 1)
      if (count > maxLogits) {
        throw new TuttiError(
          'invalid_tensor',
          `input_ids: logits [${shape}] are more than ${maxLogits} values; send fewer rows`,
          { param: 'input_ids' },
        )
      }
      const logits = await infer(service, tensors, clientSignal(reply))
      const answer = {
        model_name: service.name,
        model_version: '1',
        ...(tensors.id === undefined ? {} : { id: tensors.id }),
      }
      const output = { name: 'logits', datatype: 'FP32', shape }
      if (!tensors.binaryOutput) return { ...answer, outputs: [{ ...output, data: Array.from(logits) }] }
      const json = JSON.stringify({
        ...answer,
        outputs: [{ ...output, parameters: { binary_data_size: logits.byteLength } }],
      })
      const header = Buffer.from(json)
      reply.header('inference-header-content-length', header.length).type('application/octet-stream')
      return Buffer.concat([header, Buffer.from(logits.buffer)])
    })
    done()
  }
}
