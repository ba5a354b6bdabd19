/** Each non-empty line of a body (NDJSON). Bytes that a chunk cuts, of a line or of a character, are carried over to the next. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true })
    const end = text.lastIndexOf('\n')
    if (end < 0) {
      rest += text
      continue
    }
    const lines = (rest + text.slice(0, end)).split('\n')
    rest = text.slice(end + 1)
    for (const line of lines) if (line.trim() !== '') yield line
  }
  // Unlike an event, a last line without its end counts: a server that was cut off leaves broken JSON, which is found out.
  if (rest.trim() !== '') yield rest
}
