import { byId } from './dom.ts'
import { faultOf } from './key-fault.ts'

/** Where the key is kept: for this tab of the browser, until it is closed. It stands in no address and in no command. */
const place = 'tutti.key'

export function keyOf(): string {
  return sessionStorage.getItem(place) ?? ''
}

/** Asks for the key when the gateway wants one, and whenever a person wants to change it. */
export function connectKey(changed: () => void): { ask(reason: string): void } {
  const dialog = byId('key-dialog', HTMLDialogElement)
  const field = byId('key-field', HTMLInputElement)
  const reasonLine = byId('key-reason', HTMLElement)
  const button = byId('key-button', HTMLButtonElement)
  const show = () => {
    button.textContent = keyOf() === '' ? 'API key' : 'API key ✓'
  }

  function ask(reason: string): void {
    reasonLine.textContent = reason
    if (dialog.open) return
    field.removeAttribute('aria-invalid')
    field.value = keyOf()
    dialog.showModal()
  }
  byId('key-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    const given = field.value.trim()
    const fault = faultOf(given)
    field.setAttribute('aria-invalid', String(fault !== null))
    if (fault !== null) {
      reasonLine.textContent = fault
      field.focus()
      return
    }
    if (given === '') sessionStorage.removeItem(place)
    else sessionStorage.setItem(place, given)
    dialog.close()
    show()
    changed()
  })
  byId('key-cancel', HTMLButtonElement).addEventListener('click', () => dialog.close())
  button.addEventListener('click', () => ask('Sent with every request of this page; kept until this tab is closed.'))
  show()
  return { ask }
}
