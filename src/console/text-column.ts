import { colourOf } from './colours.ts'
import { element } from './dom.ts'
import { percent } from './format.ts'
import { type Segment, shadeOf, visible } from './segment.ts'
import { defineStrip, type Strip } from './strip.ts'

/** A text that is being written, by an ensemble or by a member alone. */
export interface TextColumn {
  readonly root: HTMLElement
  readonly segments: readonly Segment[]
  add(segment: Segment): void
  select(index: number | null): void
  fail(message: string): void
}

/** Characters of a prompt that are shown: browsers take seconds to lay out long texts, and there is one in every column. */
const shownPrompt = 4_000

function endOf(prompt: string): string {
  // Not from within a surrogate pair on.
  return prompt.length <= shownPrompt ? prompt : `…${prompt.slice(-shownPrompt).replace(/^[\udc00-\udfff]/, '')}`
}

export interface ColumnOptions {
  readonly id: string
  readonly title: string
  /** Of a member alone. */
  readonly colour: string | null
  readonly prompt: string
  chosen(segment: Segment, index: number): void
  within(by: 1 | -1): void
}

export function defineTextColumn({ id, title, colour, prompt, chosen, within }: ColumnOptions): TextColumn {
  const segments: Segment[] = []
  const attributes = {
    id,
    role: 'listbox',
    tabindex: '0',
    'aria-orientation': 'horizontal',
    'aria-label': `${title}: what follows the prompt, piece by piece`,
  }
  const list = element('div', { class: 'strip', attributes })
  const strip: Strip = defineStrip(list, {
    chosen(index) {
      const segment = segments[index]
      if (segment !== undefined) chosen(segment, index)
    },
    within,
  })
  const swatch = colour === null ? [] : [element('span', { class: 'swatch', style: { '--colour': colour } })]
  const root = element('div', {
    class: 'text',
    children: [
      element('h3', { children: [...swatch, title] }),
      element('div', { class: 'written', children: [element('span', { class: 'prompt', text: endOf(prompt) }), list] }),
    ],
  })
  return {
    root,
    segments,
    add(segment) {
      segments.push(segment)
      const { text, carrier, share, certified, steps } = segment
      const members = steps[0]?.members.length ?? 0
      const shade = carrier === null || members < 2 ? null : shadeOf(share, members)
      const by = shade === null ? '' : `, ${carrier} ${percent(share)}`
      strip.add({
        text,
        colour: carrier === null ? '' : colourOf(carrier),
        shade,
        underlined: !certified,
        label: `${text.trim() === '' ? visible(text) : text}${by}${certified ? '' : ', not certain'}`,
      })
    },
    select: (index) => strip.select(index),
    fail(message) {
      root.append(element('p', { class: 'error', text: message }))
    },
  }
}
