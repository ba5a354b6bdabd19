import { byId } from './dom.ts'

/** Where the key is kept: for this tab of the browser, until it is closed. It stands in no address and in no command. */
const place = 'tutti.key'

export function keyOf(): string {
  return sessionStorage.getItem(place) ?? ''
}

/** Asks for the key when the gateway wants one, and whenever a person wants to change it. */
export function connectKey(changed: () => void): { ask(reason: string): void } {
  const dialog = byId('key-dialog', HTMLDialogElement)
  const field = byId('key-field', HTMLInputElement)
  const button = byId('key-button', HTMLButtonElement)
  const show = () => {
    button.textContent = keyOf() === '' ? 'API key' : 'API key ✓'
  }

  function ask(reason: string): void {
    byId('key-reason', HTMLElement).textContent = reason
    if (dialog.open) return
    field.value = keyOf()
    dialog.showModal()
  }
  byId('key-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    if (field.value === '') sessionStorage.removeItem(place)
    else sessionStorage.setItem(place, field.value)
    dialog.close()
    show()
    changed()
  })
  byId('key-cancel', HTMLButtonElement).addEventListener('click', () => dialog.close())
  button.addEventListener('click', () => ask('Sent with every request of this page; kept until this tab is closed.'))
  show()
  return { ask }
}
