import { type Call, toCurl } from './curl.ts'
import { byId } from './dom.ts'

/** Shows a call as a command, and copies it where the browser lets pages do that. */
export function connectCurlDialog(): (call: Call) => void {
  const dialog = byId('curl-dialog', HTMLDialogElement)
  const words = byId('curl-words', HTMLElement)
  byId('curl-close', HTMLButtonElement).addEventListener('click', () => dialog.close())

  return (call) => {
    const command = toCurl(call)
    byId('curl-text', HTMLElement).textContent = command
    words.textContent = ''
    dialog.showModal()
    const hint = call.withKey ? ' Your key is not in it: set TUTTI_KEY.' : ''
    const say = (text: string) => {
      words.textContent = text + hint
    }
    // Pages from other machines have no clipboard without TLS.
    if (navigator.clipboard === undefined) return say('Select it and copy it.')
    navigator.clipboard.writeText(command).then(
      () => say('It is in your clipboard.'),
      () => say('Select it and copy it.'),
    )
  }
}
