import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { readEvents } from '../../../src/members/shared/event-stream.ts'

export interface StreamsRead {
  /** Bytes of text, of all streams. */
  readonly bytes: number
  /** Chunks with text, of all streams. */
  readonly chunks: number
  /** Streams that did not come whole, with what they sent instead. */
  readonly failed: readonly string[]
  /** Milliseconds from the request to the first chunk, one a stream. */
  readonly firstMs: readonly number[]
  /** The longest silence of each stream after its first chunk, in milliseconds. */
  readonly longestGapMs: readonly number[]
}

/** Reads `count` completions at once, each as a client of its own, as quickly as they come. */
export async function readStreams(url: string, count: number, maxTokens: number): Promise<StreamsRead> {
  const agent = new Agent({ keepAlive: false })
  const sum = { bytes: 0, chunks: 0, failed: [] as string[], firstMs: [] as number[], longestGapMs: [] as number[] }
  async function readOne(seed: number): Promise<void> {
    const body = { model: 'duo', prompt: `of stream ${seed}`, max_tokens: maxTokens, stream: true, seed }
    const started = performance.now()
    const headers = { 'content-type': 'application/json' }
    const request = httpRequest(new URL('/v1/completions', url), { method: 'POST', headers, agent })
    request.end(JSON.stringify(body))
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    let last = 0
    let longest = 0
    let ending = `nothing, status ${response.statusCode}`
    for await (const data of readEvents(response)) {
      if (data === '[DONE]') break
      const { choices, error } = JSON.parse(data) as Chunk
      ending = error?.message ?? choices?.[0]?.finish_reason ?? 'no end'
      const text = choices?.[0]?.text ?? ''
      if (text === '') continue
      const now = performance.now()
      if (last === 0) sum.firstMs.push(now - started)
      else longest = Math.max(longest, now - last)
      last = now
      sum.chunks++
      sum.bytes += Buffer.byteLength(text)
    }
    sum.longestGapMs.push(longest)
    if (ending !== 'length') sum.failed.push(ending)
  }
  await Promise.all(Array.from({ length: count }, (_, seed) => readOne(seed)))
  return sum
}

interface Chunk {
  readonly choices?: readonly { readonly text: string; readonly finish_reason: string | null }[]
  readonly error?: { readonly message: string }
}
