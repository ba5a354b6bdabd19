import type { FollowedSymbol } from '../../ensemble/follow.ts'
import { followText, planFollow } from '../../ensemble/follow-text.ts'
import { silentObserver } from '../../ensemble/observer.ts'
import type { OpenEnsemble } from './open-ensemble.ts'
import type { TextRow } from './read-rows.ts'

/** Takes all members along a row's text, and shows each symbol of it with their distributions. */
export async function followRow(
  { directory, ensemble }: OpenEnsemble,
  { prompt, text }: Pick<TextRow, 'prompt' | 'text'>,
  signal: AbortSignal,
  see: (place: FollowedSymbol) => void,
): Promise<void> {
  const plan = planFollow(directory, { model: ensemble.name, prompt, text, diagnostics: 'none' })
  await followText(plan, { signal, observer: silentObserver, clock: () => performance.now() }, see)
}

/** Runs a task for every item, some at once; the first failure ends the rest. */
export async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  task: (item: T, index: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const ended = new AbortController()
  let next = 0
  const lane = async () => {
    while (next < items.length && !ended.signal.aborted) {
      const index = next++
      await task(items[index] as T, index, ended.signal)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane))
  } catch (error) {
    ended.abort(error)
    throw error
  }
}
