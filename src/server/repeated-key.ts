/** The first name that stands twice in an object of a valid JSON text, or null. `JSON.parse` takes the last one silently. */
export function repeatedKey(json: string): string | null {
  /** The names of each object around the place; null for a list. */
  const around: (Set<string> | null)[] = []
  for (let i = 0; i < json.length; i++) {
    const character = json[i]
    if (character === '{') around.push(new Set())
    else if (character === '[') around.push(null)
    else if (character === '}' || character === ']') around.pop()
    else if (character === '"') {
      const end = endOfString(json, i)
      const names = around.at(-1)
      if (names && isName(json, end)) {
        const name = JSON.parse(json.slice(i, end)) as string
        if (names.has(name)) return name
        names.add(name)
      }
      i = end - 1
    }
  }
  return null
}

/** Index behind the closing quotation mark. */
function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1)
  while (isEscaped(json, end)) end = json.indexOf('"', end + 1)
  return end + 1
}

/** An odd number of backslashes stands before it. */
function isEscaped(json: string, index: number): boolean {
  let backslashes = 0
  while (json[index - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}

function isName(json: string, end: number): boolean {
  let next = end
  while (json[next] === ' ' || json[next] === '\t' || json[next] === '\n' || json[next] === '\r') next++
  return json[next] === ':'
}
