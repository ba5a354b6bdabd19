import { bar } from './bar.ts'
import type { Terminal } from './terminal.ts'

/** How far work of known size has come: a bar on a terminal, a line for each tenth elsewhere. */
export interface Progress {
  /** So much more is done. */
  advance(by: number): void
  /** Ends the line of the bar. */
  done(): void
}

const barWidth = 24

/**
 * @param total of what `advance` counts.
 * @param clock milliseconds, monotonic.
 */
export function progressOf(
  label: string,
  total: number,
  terminal: Pick<Terminal, 'write' | 'note' | 'interactive' | 'unicode' | 'columns'>,
  clock: () => number,
): Progress {
  const started = clock()
  let done = 0
  let told = 0
  const line = () => {
    const share = total === 0 ? 1 : done / total
    const left = ((clock() - started) / Math.max(share, 1e-9)) * (1 - share)
    return { share, text: `${(share * 100).toFixed(0).padStart(3)} %, ${duration(left)} left` }
  }
  return {
    advance(by) {
      done += by
      const { share, text } = line()
      if (terminal.interactive) {
        const drawn = bar([{ share, paint: (cells) => cells }], barWidth, terminal.unicode)
        terminal.write(`\r${`${label} [${drawn}] ${text}`.slice(0, terminal.columns - 1).padEnd(terminal.columns - 1)}`)
      } else if (Math.floor(share * 10) > told) {
        told = Math.floor(share * 10)
        terminal.note(`${label}: ${text.trim()}`)
      }
    },
    done() {
      if (terminal.interactive) terminal.write(`\r${' '.repeat(terminal.columns - 1)}\r`)
    },
  }
}

function duration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}
