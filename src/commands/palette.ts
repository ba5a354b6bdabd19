import { createColors } from 'picocolors'

export type Paint = (text: string) => string

export interface Palette {
  /** A member's colour, by its place in the ensemble. */
  member(index: number): Paint
  readonly dim: Paint
  readonly bold: Paint
  readonly warn: Paint
}

/** Six colours that are told apart on dark and light grounds; a seventh member starts over. */
export function palette(colour: boolean): Palette {
  const paint = createColors(colour)
  const members = [paint.cyan, paint.yellow, paint.magenta, paint.green, paint.blue, paint.red]
  return {
    member: (index) => members[index % members.length] as Paint,
    dim: paint.dim,
    bold: paint.bold,
    warn: paint.red,
  }
}
