import { writeSync } from 'node:fs'

export interface LogDestination {
  /** Takes one whole line; never throws. */
  write(line: string): void
}

/** Bytes that wait for a reader who is slower than the log. */
const mostHeld = 1 << 20

/** Milliseconds until a full pipe is tried again. */
const againMs = 50

/**
 * The file descriptor that a server's log goes to. A reader that has gone or a full disk costs lines, never the server:
 * `process.stdout` would throw or emit an error for them, and keep in memory without bound what a slow reader leaves. Lines
 * are never torn, also when part of one was written before the disk was full.
 *
 * @param tell is given a sentence when lines begin to be dropped, and one with their number when they no longer are.
 */
export function defineLogDestination(fd: number, tell: (sentence: string) => void, write = writeSync): LogDestination {
  let held: Buffer[] = []
  let bytes = 0
  let torn = false
  let dropped = 0
  let timer: NodeJS.Timeout | null = null

  function drop(lines: number, why: string): void {
    if (dropped === 0) tell(`the log cannot be written (${why}); lines are dropped until it can`)
    dropped += lines
  }

  function drain(): void {
    if (held.length === 0) return
    try {
      for (let line = held[0]; line !== undefined; line = held[0]) {
        const written = write(fd, line)
        bytes -= written
        torn = written < line.length
        if (torn) held[0] = line.subarray(written)
        else held.shift()
      }
      if (dropped > 0) tell(`the log can be written again; lines dropped: ${dropped}`)
      dropped = 0
    } catch (error) {
      const { code = 'unknown error' } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') again()
      else dropHeld(code)
    }
  }

  function dropHeld(why: string): void {
    const kept = torn ? held.slice(0, 1) : []
    if (held.length > kept.length) drop(held.length - kept.length, why)
    held = kept
    bytes = kept[0]?.length ?? 0
  }

  function again(): void {
    timer ??= setTimeout(() => {
      timer = null
      drain()
    }, againMs).unref()
  }

  process.once('exit', drain)
  return {
    write(line) {
      const added = Buffer.from(line)
      if (held.length > 0 && bytes + added.length > mostHeld) {
        drop(1, 'its reader is too slow')
        return
      }
      held.push(added)
      bytes += added.length
      if (timer === null) drain()
    },
  }
}

/** Standard output, for a log; what befalls it is told on standard error, where that can be written. */
export function standardOutput(): LogDestination {
  return defineLogDestination(1, (sentence) => {
    try {
      writeSync(2, `tutti: ${sentence}\n`)
    } catch {
      // Nobody is left to tell.
    }
  })
}
