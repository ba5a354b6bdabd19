import { fromHash, type State, type Tab, toHash } from './state.ts'

export interface Store {
  readonly state: State
  set(change: Partial<State>): void
  /** A step that the browser's back button undoes. */
  goTo(tab: Tab): void
}

/** Browsers refuse addresses that change too often, as sliders would have them do. */
const settleMs = 200

/** The state, which the address says and is said by. */
export function defineStore(changed: (state: State) => void): Store {
  let state = fromHash(location.hash)
  let timer: ReturnType<typeof setTimeout> | undefined

  window.addEventListener('hashchange', () => {
    if (toHash(state) === location.hash) return
    state = fromHash(location.hash)
    changed(state)
  })
  return {
    get state() {
      return state
    },
    set(change) {
      state = { ...state, ...change }
      clearTimeout(timer)
      timer = setTimeout(() => history.replaceState(null, '', toHash(state)), settleMs)
      changed(state)
    },
    goTo(tab) {
      if (tab === state.tab) return
      clearTimeout(timer)
      state = { ...state, tab }
      history.pushState(null, '', toHash(state))
      changed(state)
    },
  }
}
