import { element } from './dom.ts'
import type { EnsembleView } from './wire.ts'

/** Fills a select with values and names, anew only when they have changed, and shows the one that is set. */
export function fillSelect(
  select: HTMLSelectElement,
  options: readonly (readonly [string, string])[],
  value: string,
): void {
  const wanted = JSON.stringify(options)
  if (select.dataset['options'] !== wanted) {
    select.dataset['options'] = wanted
    select.replaceChildren(...options.map(([own, text]) => element('option', { text, attributes: { value: own } })))
  }
  if (select.value !== value) select.value = value
}

/** Every name that `model` may have. */
export function modelOptions(ensembles: readonly EnsembleView[]): (readonly [string, string])[] {
  return ensembles.flatMap(({ name, members }) => [
    [name, members.length < 2 ? name : `${name}: ${members.length} members together`] as const,
    ...members.map(({ id }) => [`${name}/${id}`, `${id} alone`] as const),
  ])
}
