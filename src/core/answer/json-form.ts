import { type Canonical, exactForm } from './canonical.ts'

/** Lists and objects inside one another. */
const deepest = 100

/**
 * A field of the JSON object that the text is, or holds between its first brace and its last: as text, whether a string or a
 * number; objects and lists with their keys in order.
 *
 * A value that is nested deeper than answers are is none: a model that loops writes brackets until the stack ends.
 *
 * @param path name of the field, or names joined by dots.
 */
export function jsonForm(path: string): Canonical {
  const names = path.split('.')
  return (text) => {
    const object = parsed(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1))
    const value = names.reduce<unknown>(fieldOf, object)
    if (value === undefined || isDeeper(value, deepest)) return null
    return exactForm(typeof value === 'string' ? value : JSON.stringify(inOrder(value)))
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: the answer has no such field, which is what the caller wants to know.
    return undefined
  }
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, inOrder(inner)]),
  )
}
