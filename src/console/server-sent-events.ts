/**
 * Reads a stream of server-sent events piece by piece: give it the text as it comes, cut anywhere, and it returns the data of each
 * event that is whole. Comments and other fields say nothing here (HTML, "Server-sent events", parsing).
 */
export function readEvents(): (piece: string) => string[] {
  let rest = ''
  let data: string[] = []
  return (piece) => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    const events: string[] = []
    for (const ended of lines) {
      const line = ended.endsWith('\r') ? ended.slice(0, -1) : ended
      if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
      else if (line === '' && data.length > 0) {
        events.push(data.join('\n'))
        data = []
      }
    }
    return events
  }
}
