import { byId } from './dom.ts'
import { leftOut, longestText, type State } from './state.ts'

const names: Readonly<Partial<Record<keyof State, string>>> = {
  prompt: 'the text to continue',
  input: 'the input',
  template: 'the template',
  labels: 'the labels',
  text: 'the text to score',
}

/** Says which texts the address does not hold. */
export function tellLeftOut(state: State): void {
  const found = leftOut(state).map((name) => names[name] ?? name)
  const line = byId('left-out', HTMLElement)
  const words =
    found.length === 0
      ? ''
      : `Longer than ${longestText.toLocaleString('en')} characters, so not in the address, and lost on a reload: ${found.join(', ')}.`
  if (line.textContent !== words) line.textContent = words
}
