import { fromHash, type State, type Tab, toHash } from './state.ts'

export interface Store {
  readonly state: State
  set(change: Partial<State>): void
  /** A step that the browser's back button undoes. */
  goTo(tab: Tab): void
}

/** Browsers refuse addresses that change too often, as sliders would have them do. */
const settleMs = 200

/**
 * The state, which the address says and is said by.
 *
 * An entry of the browser's history is a tab of a visit. A visit begins with an address that a person brings and has one state for all
 * its entries, so that steps back and forth within it change the tab and lose nothing that was typed on another.
 */
export function defineStore(changed: (state: State) => void): Store {
  /** By visit; those from before a reload are in the address alone. */
  const states = new Map<number, State>()
  let visit = visitOf(history.state)
  let state = fromHash(location.hash)
  let timer: ReturnType<typeof setTimeout> | undefined

  function keep(next: State): void {
    state = next
    states.set(visit, state)
  }

  function write(): void {
    clearTimeout(timer)
    timer = undefined
    history.replaceState({ visit }, '', toHash(state))
  }

  window.addEventListener('popstate', (event) => {
    clearTimeout(timer)
    visit = visitOf(event.state)
    const said = fromHash(location.hash)
    keep({ ...(states.get(visit) ?? said), tab: said.tab })
    write()
    changed(state)
  })
  keep(state)
  // The address stays as it was brought until something is set.
  history.replaceState({ visit }, '')
  return {
    get state() {
      return state
    },
    set(change) {
      keep({ ...state, ...change })
      clearTimeout(timer)
      timer = setTimeout(write, settleMs)
      changed(state)
    },
    goTo(tab) {
      if (tab === state.tab) return
      // What was typed just now belongs to the entry that is left.
      if (timer !== undefined) write()
      keep({ ...state, tab })
      history.pushState({ visit }, '', toHash(state))
      changed(state)
    },
  }
}

/** The visit that an entry of the history belongs to; a new one where a person has brought the address. */
function visitOf(entry: unknown): number {
  const known = typeof entry === 'object' && entry !== null && 'visit' in entry ? entry.visit : null
  return typeof known === 'number' ? known : Date.now()
}
