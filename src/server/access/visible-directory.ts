import type { Directory } from '../../ensemble/directory.ts'

/** The directory as somebody sees who may use the given ensembles alone; null: all. */
export function visibleDirectory(directory: Directory, ensembles: readonly string[] | null): Directory {
  if (ensembles === null) return directory
  const visible = [...directory.ensembles].filter(([name]) => ensembles.includes(name))
  return { ensembles: new Map(visible), state: directory.state, restricted: true }
}
