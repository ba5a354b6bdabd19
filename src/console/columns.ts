import { colourOf } from './colours.ts'
import { byId } from './dom.ts'
import { connectInspector, type Granularity } from './inspector.ts'
import { defineTextColumn, type TextColumn } from './text-column.ts'

/** The texts of a run side by side, and the panel that shows what is within the chosen piece. */
export interface Columns {
  /** Empty columns: the text itself, and one for each member alone. */
  begin(options: ColumnsOptions): { readonly first: TextColumn; readonly alone: readonly Alone[] }
}

export interface ColumnsOptions {
  readonly title: string
  /** Of a member alone; null: of an ensemble. */
  readonly colour: string | null
  readonly prompt: string
  readonly granularity: Granularity
  /** Ids of members whose own texts stand beside. */
  readonly beside: readonly string[]
  /** Told which piece of the first text is chosen; null: one of another. */
  chosen(index: number | null): void
}

export interface Alone {
  readonly id: string
  readonly text: TextColumn
}

export function connectColumns(): Columns {
  const root = byId('texts', HTMLElement)
  const inspector = connectInspector()

  return {
    begin({ title, colour, prompt, granularity, beside, chosen }) {
      inspector.clear()
      const all: TextColumn[] = []
      const define = (own: string, ownColour: string | null): TextColumn => {
        const made: TextColumn = defineTextColumn({
          id: `text-${all.length}`,
          title: own,
          colour: ownColour,
          prompt,
          chosen(segment, index) {
            for (const other of all) if (other !== made) other.select(null)
            inspector.show(segment, granularity)
            chosen(made === all[0] ? index : null)
          },
          within: (by) => inspector.move(by),
        })
        all.push(made)
        return made
      }
      const first = define(title, colour)
      const alone = beside.map((id) => ({ id, text: define(`${id} alone, length in its own tokens`, colourOf(id)) }))
      root.replaceChildren(...all.map((column) => column.root))
      return { first, alone }
    },
  }
}
