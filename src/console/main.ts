import { ApiError, get } from './api.ts'
import { connectClassify } from './classify.ts'
import { learnMembers } from './colours.ts'
import { connectComplete } from './complete.ts'
import { connectCurlDialog } from './curl-dialog.ts'
import { byId } from './dom.ts'
import { connectKey, keyOf } from './key.ts'
import { tellLeftOut } from './left-out.ts'
import { connectMembers } from './members.ts'
import { messageOf, type Page } from './page.ts'
import { connectScore } from './score.ts'
import { defineStore } from './store.ts'
import { connectTabs } from './tabs.ts'
import { connectTheme } from './theme.ts'
import type { EnsembleView } from './wire.ts'

/** Milliseconds between two looks at the members while they are shown, and while they are not. */
const watchedMs = 2_000
const elseMs = 15_000

const failure = byId('failure', HTMLElement)
const store = defineStore(update)
const key = connectKey(() => {
  wantedFor = null
  void listen()
})
const command = connectCurlDialog()
let ensembles: readonly EnsembleView[] = []
let timer: ReturnType<typeof setTimeout> | undefined
/** The key for which a look at the members was refused and another was asked for: whoever cancels is not asked at each look. */
let wantedFor: string | null = null

const page: Page = {
  store,
  get ensembles() {
    return ensembles
  },
  failed(error) {
    say(error)
    if (isRefused(error)) askForKey()
  },
  copy(path, body, stream) {
    const url = new URL(path, document.baseURI).href
    command({ url, withKey: keyOf() !== '', ...(body && { body }), ...(stream && { stream }) })
  },
}
const complete = connectComplete(page)
const members = connectMembers(page)
const views = [complete, connectClassify(page), connectScore(page), members]
const tabs = connectTabs((tab) => {
  store.goTo(tab)
  void listen()
})

function say(error: unknown): void {
  failure.hidden = error === null
  failure.textContent = error === null ? '' : messageOf(error)
}

function isRefused(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401
}

function askForKey(): void {
  key.ask(keyOf() === '' ? 'This gateway answers those who have a key.' : 'The gateway does not know this key.')
}

function update(): void {
  tabs.show(store.state.tab)
  tellLeftOut(store.state)
  for (const view of views) view.update()
}

/** Asks who is there, and again in a while. */
async function listen(): Promise<void> {
  clearTimeout(timer)
  timer = undefined
  try {
    const { data } = await get<{ readonly data: readonly EnsembleView[] }>('v1/ensembles')
    ensembles = data
    learnMembers(data.flatMap((ensemble) => ensemble.members.map(({ id }) => id)))
    if (failure.dataset['from'] === 'listening') say(null)
    wantedFor = null
    delete failure.dataset['from']
    members.heard()
    update()
  } catch (error) {
    say(error)
    failure.dataset['from'] = 'listening'
    if (isRefused(error) && wantedFor !== keyOf()) {
      wantedFor = keyOf()
      askForKey()
    }
  }
  clearTimeout(timer)
  // A page that nobody sees asks again when somebody does.
  if (!document.hidden) timer = setTimeout(() => void listen(), store.state.tab === 'members' ? watchedMs : elseMs)
}

connectTheme(() => {
  for (const view of views) view.repaint()
})
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void listen()
})
document.addEventListener('keydown', (event) => {
  // An Escape that closes a dialog, or ends a composition of letters, is not meant for what runs behind.
  const handled = event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]') !== null
  if (event.key === 'Escape' && !handled) complete.stop()
})
byId('skip', HTMLAnchorElement).addEventListener('click', (event) => {
  // The address belongs to the state.
  event.preventDefault()
  byId('main', HTMLElement).focus()
})
update()
void listen()
