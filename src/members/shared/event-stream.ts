import { createParser } from 'eventsource-parser'

/**
 * The `data` of each server-sent event (WHATWG HTML, 9.2.6) of a body. Bytes that a chunk cuts, of an event or of a
 * character, are carried over to the next.
 */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  let events: string[] = []
  const parser = createParser({ onEvent: (event) => events.push(event.data) })
  const decoder = new TextDecoder('utf-8')
  for await (const chunk of chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }))
    const ready = events
    events = []
    yield* ready
  }
}
