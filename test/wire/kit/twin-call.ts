import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Faults, Latency } from './faults.ts'
import { type Ranked, ranked, type TwinModel } from './twin-model.ts'

/** How the protocol says that a stream has failed: the pieces it sends then. */
type StreamError = (message: string) => string[]

interface CallSetting {
  readonly model: TwinModel
  readonly faults: Faults
  readonly latency: Latency
  readonly streamError: StreamError
}

/** One call of a twin, as the handler of its route sees it. */
export class TwinCall {
  readonly body: unknown
  readonly model: TwinModel
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly #setting: CallSetting
  #written = 0

  constructor(request: IncomingMessage, response: ServerResponse, body: unknown, setting: CallSetting) {
    this.request = request
    this.response = response
    this.body = body
    this.model = setting.model
    this.#setting = setting
  }

  /** The k likeliest tokens after a context, as the faults leave them. */
  async list(context: readonly number[], k: number): Promise<Ranked[]> {
    const list = (await ranked(this.model, context)).slice(0, k)
    return this.#setting.faults.list?.(list) ?? list
  }

  /** The greedy choice, whatever the faults do to lists. */
  async choice(context: readonly number[]): Promise<number> {
    return (await ranked(this.model, context))[0]!.id
  }

  /** Answers with JSON. */
  async json(value: unknown, status = 200): Promise<void> {
    const { malformed, wrongShape } = this.#setting.faults
    const sent = status === 200 && wrongShape ? { unexpected: true } : value
    const text = JSON.stringify(sent)
    await this.pause('firstTokenMs')
    this.response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
    await this.#write(status === 200 && malformed ? text.slice(0, -1) : text)
    this.response.end()
  }

  /** Answers with JSON and bytes behind it, or as JSON where the faults want another shape. */
  async binary(bytes: Buffer, headers: Readonly<Record<string, string>>): Promise<void> {
    const { malformed, wrongShape } = this.#setting.faults
    if (wrongShape) return this.json({})
    await this.pause('firstTokenMs')
    this.response.writeHead(200, headers)
    await this.#write(malformed ? bytes.subarray(1) : bytes)
    this.response.end()
  }

  /** Answers with events or lines, each framed by the protocol. */
  async stream(contentType: string, frame: (json: string) => string, items: AsyncIterable<unknown>): Promise<void> {
    const { malformed, wrongShape, errorAfter, endAfter } = this.#setting.faults
    this.response.writeHead(200, { 'content-type': contentType })
    this.response.flushHeaders()
    await this.pause('firstTokenMs')
    let sent = 0
    for await (const item of items) {
      if (this.response.destroyed) return
      if (sent === errorAfter) {
        for (const piece of this.#setting.streamError('out of memory')) await this.#write(piece)
        break
      }
      if (sent === endAfter) break
      const text = typeof item === 'string' ? item : JSON.stringify(wrongShape ? { unexpected: true } : item)
      await this.#write(frame(malformed ? text.slice(0, -1) : text))
      await this.pause('perTokenMs')
      sent++
    }
    this.response.end()
  }

  async pause(which: keyof Omit<Latency, 'jitterMs'>): Promise<void> {
    const ms = this.#setting.latency[which] ?? 0
    const jitter = this.#setting.latency.jitterMs?.() ?? 0
    // Gives way also without latency, so that an abort is seen between two tokens.
    await (ms + jitter > 0 ? sleep(ms + jitter) : nextTurn())
  }

  async #write(piece: string | Buffer): Promise<void> {
    const { splitEveryByte, resetAfter } = this.#setting.faults
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
    const room = resetAfter === undefined ? bytes.length : Math.max(0, resetAfter - this.#written)
    this.#written += bytes.length
    const kept = bytes.subarray(0, room)
    if (splitEveryByte) {
      for (const byte of kept) {
        this.response.write(Uint8Array.of(byte))
        await nextTurn()
      }
    } else if (kept.length > 0) this.response.write(kept)
    if (kept.length === bytes.length) return
    await nextTurn()
    this.request.socket.resetAndDestroy()
  }
}
