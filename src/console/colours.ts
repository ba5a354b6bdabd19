/** Colours that style.css has. */
const colours = 8

/** Each member's place among the colours: by its place in its ensemble, which never changes while a page is open. */
const places = new Map<string, number>()

export function learnMembers(ids: readonly string[]): void {
  for (const id of ids) if (!places.has(id)) places.set(id, places.size % colours)
}

/** A member's colour as a value for styles. */
export function colourOf(id: string): string {
  const place = places.get(id)
  return place === undefined ? 'var(--ink-soft)' : `var(--member-${place + 1})`
}

/** A colour of style.css as canvases take it: resolved for the mode, light or dark, that is shown now. */
export function resolved(colour: string): string {
  const probe = document.createElement('span')
  probe.style.color = colour
  document.body.append(probe)
  const found = getComputedStyle(probe).color
  probe.remove()
  return found
}
