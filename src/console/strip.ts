import { element } from './dom.ts'

/** A piece of a text as it is painted. */
export interface Paint {
  readonly text: string
  readonly colour: string
  /** Share of the colour in the ground, in [0, 1]; null: no ground. */
  readonly shade: number | null
  readonly underlined: boolean
  /** What it is, for those who don't see colours. */
  readonly label: string
}

export interface Strip {
  readonly root: HTMLElement
  add(paint: Paint): void
  paint(index: number, paint: Paint): void
  clear(): void
  select(index: number | null): void
}

export interface StripEvents {
  chosen(index: number): void
  /** Up and down arrows: one further in what the chosen piece consists of. */
  within?(by: 1 | -1): void
}

/**
 * A text of pieces, one of which is chosen: by the pointer, by a click that holds it until the next, or by arrow keys. A list box
 * for assistive technology, in which the whole text is one stop of the tab key.
 */
export function defineStrip(root: HTMLElement, { chosen, within }: StripEvents): Strip {
  let selected: number | null = null
  let held = false

  function select(index: number | null): void {
    if (selected !== null) root.children[selected]?.setAttribute('aria-selected', 'false')
    selected = index
    const piece = index === null ? undefined : root.children[index]
    root.removeAttribute('aria-activedescendant')
    if (piece === undefined) return
    piece.setAttribute('aria-selected', 'true')
    root.setAttribute('aria-activedescendant', piece.id)
  }

  function choose(index: number): void {
    if (root.children[index] === undefined || index === selected) return
    select(index)
    chosen(index)
  }

  const indexOf = ({ target }: Event) => (target instanceof Element ? [...root.children].indexOf(target) : -1)

  root.addEventListener('pointerover', (event) => {
    if (!held && event.pointerType === 'mouse') choose(indexOf(event))
  })
  root.addEventListener('click', (event) => {
    const index = indexOf(event)
    if (index < 0) return
    held = !(held && index === selected)
    root.classList.toggle('held', held)
    choose(index)
  })
  root.addEventListener('focus', () => {
    if (selected === null) choose(0)
  })
  root.addEventListener('keydown', (event) => {
    const at = selected ?? -1
    const last = root.children.length - 1
    const to = { ArrowRight: Math.min(last, at + 1), ArrowLeft: Math.max(0, at - 1), Home: 0, End: last }[event.key]
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key] as 1 | -1 | undefined
    if (to === undefined && (by === undefined || within === undefined)) return
    event.preventDefault()
    if (by !== undefined) return within?.(by)
    choose(to ?? 0)
    root.children[to ?? 0]?.scrollIntoView({ block: 'nearest' })
  })

  return {
    root,
    add(paint) {
      const attributes = { role: 'option', id: `${root.id}-${root.children.length}`, 'aria-selected': 'false' }
      const piece = element('span', { attributes })
      apply(piece, paint)
      root.append(piece)
    },
    paint(index, paint) {
      const piece = root.children[index]
      if (piece instanceof HTMLElement) apply(piece, paint)
    },
    clear() {
      root.replaceChildren()
      held = false
      root.classList.remove('held')
      select(null)
    },
    select,
  }
}

function apply(piece: HTMLElement, { text, colour, shade, underlined, label }: Paint): void {
  piece.textContent = text
  piece.className = underlined ? 'piece doubt' : 'piece'
  piece.setAttribute('aria-label', label)
  piece.classList.toggle('plain', shade === null)
  piece.style.setProperty('--colour', colour)
  piece.style.setProperty('--shade', String(shade ?? 0))
}
