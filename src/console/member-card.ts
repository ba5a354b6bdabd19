import type uPlot from 'uplot'
import { colourOf } from './colours.ts'
import { element } from './dom.ts'
import { factsOf } from './member-words.ts'
import { drawSparkline } from './sparkline.ts'
import type { MemberView } from './wire.ts'

/** Latencies that a sparkline shows. */
const remembered = 60

export interface MemberCard {
  readonly root: HTMLElement
  /** Changes what has changed and leaves the rest alone, which may be selected or being read. */
  update(member: MemberView): void
  repaint(): void
}

export function defineMemberCard(id: string): MemberCard {
  const badge = element('span', { class: 'badge' })
  const reason = element('p', { class: 'error' })
  const facts = element('dl')
  const spark = element('div', { class: 'spark', attributes: { 'aria-hidden': 'true' } })
  const lines = new Map<string, HTMLElement>()
  const latencies: (number | null)[] = []
  let chart: uPlot | null = null
  const swatch = element('span', { class: 'swatch', style: { '--colour': colourOf(id) } })
  const root = element('article', {
    style: { '--colour': colourOf(id) },
    children: [element('h3', { children: [swatch, id, badge] }), reason, facts],
  })

  function lineOf(name: string): HTMLElement {
    const known = lines.get(name)
    if (known !== undefined) return known
    const made = element('dd')
    facts.append(element('dt', { text: name }), made)
    if (name === 'latency') facts.append(element('dd', { class: 'wide', children: [spark] }))
    lines.set(name, made)
    return made
  }

  function repaint(): void {
    chart?.destroy()
    const told = latencies.some((value) => value !== null)
    chart = told ? drawSparkline(spark, latencies, colourOf(id)) : null
  }

  return {
    root,
    update(member) {
      const { status, latency } = member
      root.className = status === 'up' ? 'card member' : 'card member down'
      root.setAttribute('aria-label', `${id}, ${status}`)
      badge.className = `badge ${status}`
      setText(badge, status)
      reason.hidden = member.reason === null
      setText(reason, member.reason ?? '')
      for (const [name, words] of factsOf(member)) setLines(lineOf(name), words)
      latencies.push(latency?.median_ms ?? null)
      if (latencies.length > remembered) latencies.shift()
      repaint()
    },
    repaint,
  }
}

function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

function setLines(node: HTMLElement, lines: readonly string[]): void {
  if (node.children.length !== lines.length) node.replaceChildren(...lines.map(() => element('div')))
  for (const [index, line] of lines.entries()) setText(node.children[index] as HTMLElement, line)
}
