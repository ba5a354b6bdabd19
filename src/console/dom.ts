/** The element of the page with this id, of the kind that the caller counts on. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${kind.name} with the id ${id}`)
}

interface Properties {
  readonly class?: string
  readonly text?: string
  readonly title?: string
  readonly children?: readonly (Node | string)[]
  /** Attributes as HTML has them. */
  readonly attributes?: Readonly<Record<string, string>>
  /** Custom properties and others of its style; set by script, which the page's policy allows. */
  readonly style?: Readonly<Record<string, string>>
}

/** A new element. Text is always text, never HTML. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { class: names, text, title, children, attributes = {}, style = {} }: Properties = {},
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  if (names !== undefined) made.className = names
  if (text !== undefined) made.textContent = text
  if (title !== undefined) made.title = title
  if (children !== undefined) made.append(...children)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  for (const [name, value] of Object.entries(style)) made.style.setProperty(name, value)
  return made
}
