import { InferenceSession, Tensor } from 'onnxruntime-node'
import { TuttiError } from '../../errors.ts'
import { readSignature, type Signature } from './signature.ts'
import type { Tensors } from './states.ts'

/** A loaded export: one call is one step of all rows. */
export interface Model {
  readonly signature: Signature
  readonly vocabularySize: number
  /** Runs rows with equally many tokens, `from` before them; `states` are the inputs that depend on what came before. */
  run(tokens: readonly Int32Array[], from: readonly number[], states: Tensors): Promise<Tensors>
  close(): Promise<void>
}

function int64(rows: readonly Int32Array[], value: (token: number, row: number, column: number) => number): Tensor {
  const columns = rows[0]?.length ?? 0
  const values = new BigInt64Array(rows.length * columns)
  for (const [r, row] of rows.entries()) {
    for (let c = 0; c < columns; c++) values[r * columns + c] = BigInt(value(row[c] as number, r, c))
  }
  return new Tensor('int64', values, [rows.length, columns])
}

function vocabularySizeOf(session: InferenceSession): number {
  const logits = session.outputMetadata.find((output) => output.name === 'logits')
  const size = logits?.isTensor ? logits.shape.at(-1) : undefined
  if (logits?.isTensor && logits.type === 'float32' && typeof size === 'number') return size
  throw new TuttiError('invalid_model', 'this ONNX export has no float32 logits of shape [batch, sequence, vocabulary]')
}

/** @throws TuttiError `invalid_model` when the file can't be loaded or isn't a causal language model. */
export async function loadModel(onnxPath: string, threads: number): Promise<Model> {
  const session = await InferenceSession.create(onnxPath, { intraOpNumThreads: threads, interOpNumThreads: 1 }).catch(
    (cause: unknown) => {
      throw new TuttiError('invalid_model', `can't load ${onnxPath}: ${(cause as Error).message}`, { cause })
    },
  )
  const signature = readSignature(session)
  const outputs = ['logits', ...signature.slots.map((slot) => slot.output)]
  return {
    signature,
    vocabularySize: vocabularySizeOf(session),
    run: (tokens, from, states) => {
      const feeds: Record<string, Tensor> = { ...states, input_ids: int64(tokens, (token) => token) }
      if (signature.takesPositions) {
        feeds['position_ids'] = int64(tokens, (_token, row, column) => (from[row] as number) + column)
      }
      return session.run(feeds, outputs)
    },
    close: () => session.release(),
  }
}
