import { listenAt } from '../listen-at.ts'
import { defineTokenTable, toSource } from '../tokenizer/token-table.ts'
import { defineTokenizer } from '../tokenizer/tokenizer.ts'
import { defineByteWalks } from './bytes/byte-walks.ts'
import { type Engine, startEngine } from './engine.ts'
import type { Service } from './http/service.ts'
import { buildWorkerApp } from './http/worker-app.ts'
import { defineChat } from './model/chat-tokens.ts'
import { readModelFiles } from './model/model-files.ts'

/** The part of pino's interface that the worker uses. */
export interface WorkerLogger {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface WorkerOptions {
  /** Folder with `config.json`, `tokenizer.json` and `onnx/model*.onnx`. */
  readonly modelDir: string
  readonly host?: string
  /** 0 takes a free one. */
  readonly port?: number
  /** Threads of ONNX Runtime within one operator; default 1. */
  readonly threads?: number
  /** Most rows that run together; default 32. */
  readonly maxBatch?: number
  /** Bytes of kept context states; default 64 MiB. Contexts in work are held beside it. */
  readonly stateBytes?: number
  /** Most places kept in texts that the byte route has been at, and bytes of their lists; default 4,096 and 64 MiB. */
  readonly latticePlaces?: number
  readonly latticeBytes?: number
  /**
   * The same context always gives the same bits, whatever ran with it and before it; costs some speed. Default false:
   * log-probabilities of attention models then vary by some 1e-5 with the batch.
   */
  readonly deterministic?: boolean
  /** Most new tokens of one row in one run, at least 2; default 256. */
  readonly prefillChunk?: number
  /** Largest request body in bytes; default 8 MiB. */
  readonly bodyLimit?: number
  readonly logger?: WorkerLogger
  /** What stands between the routes and the model; a bench paces it. Default: nothing. */
  readonly around?: (engine: Engine) => Engine
  /** The compute thread died. Default: the process ends with the error, for its supervisor to start anew. */
  readonly onFatal?: (error: Error) => void
}

export interface RunningWorker {
  readonly url: string
  readonly model: string
  close(): Promise<void>
}

const silent: WorkerLogger = { info: () => {}, error: () => {} }

function endProcess(error: Error): void {
  setImmediate(() => {
    throw error
  })
}

/**
 * Loads a model and serves it over HTTP; resolves when it is ready.
 *
 * @throws TuttiError `invalid_model` when the folder can't be served, `invalid_config` when the address can't be listened at.
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { host = '127.0.0.1', port = 0, logger = silent } = options
  const files = readModelFiles(options.modelDir)
  const model = await startEngine({
    onnxPath: files.onnxPath,
    threads: options.threads ?? 1,
    maxBatch: options.maxBatch ?? 32,
    chunk: Math.max(2, options.prefillChunk ?? 256),
    ahead: 4,
    stateBytes: options.stateBytes ?? 64 << 20,
    deterministic: options.deterministic ?? false,
    contextLength: files.contextLength,
    end: files.end,
  })
  const engine = options.around?.(model) ?? model
  try {
    const table = defineTokenTable(files, engine.vocabularySize)
    engine.learn(toSource(table))
    const tokenizer = defineTokenizer(files)
    const service: Service = {
      name: files.name,
      engine,
      table,
      tokenizer,
      byteWalks: defineByteWalks(
        { engine, table, tokenizer, contextLength: files.contextLength },
        { places: options.latticePlaces ?? 4096, bytes: options.latticeBytes ?? 64 << 20 },
      ),
      chat: defineChat(files, tokenizer),
      contextLength: files.contextLength,
    }
    const app = buildWorkerApp(service, options.bodyLimit ?? 8 << 20)
    const url = await listenAt(app, { host, port })
    logger.info({ url, model: service.name, vocabulary: service.table.size, onnx: files.onnxPath }, 'worker ready')
    engine.died.catch((error: Error) => {
      logger.error({ error: error.message }, 'the compute thread died')
      const onFatal = options.onFatal ?? endProcess
      onFatal(error)
    })
    const close = async () => {
      await app.close()
      await engine.close()
    }
    return { url, model: service.name, close }
  } catch (error) {
    await engine.close()
    throw error
  }
}
