import { readFileSync, writeFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)

/** Puts a report between the marks `<!-- name:start -->` and `<!-- name:end -->` of a document, in place of the last one. */
export function writeSection(document: string, name: string, report: string): void {
  const file = new URL(document, root)
  const marked = new RegExp(`(<!-- ${name}:start -->)[\\s\\S]*(<!-- ${name}:end -->)`)
  const text = readFileSync(file, 'utf8')
  if (!marked.test(text)) throw new Error(`${document} has no marks for "${name}"`)
  writeFileSync(
    file,
    text.replace(marked, (_, from, to) => `${from}\n${report}\n${to}`),
  )
}
