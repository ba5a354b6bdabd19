import { Writable } from 'node:stream'

const standard = new Set(['level', 'time', 'msg'])

/**
 * Turns the log's JSON lines into short ones for a person: clock, level, message, facts.
 * Each write is one line, as pino does them.
 */
export function prettyLines(target: { write(text: string): unknown }): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      target.write(toPretty(line))
      done()
    },
  })
}

function toPretty(line: string): string {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line) as Record<string, unknown>
  } catch {
    return line
  }
  const time = String(entry['time']).slice(11, 19)
  const facts = Object.entries(entry)
    .filter(([key, value]) => !standard.has(key) && value !== null)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${[time, String(entry['level']).padEnd(5), String(entry['msg'] ?? ''), ...facts].join(' ')}\n`
}
