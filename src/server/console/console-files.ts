import { readdirSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of the console's page. */
export interface ConsoleFile {
  /** Where it is served. */
  readonly url: string
  readonly path: string
  /** Of the `content-type` header. */
  readonly type: string
}

const folder = new URL('../../console/', import.meta.url)

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ts': 'text/javascript; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

/** The chart library as its package ships it for browsers. */
const fromPackages = {
  '/console/uplot.js': 'uplot/dist/uPlot.esm.js',
  '/console/uplot.css': 'uplot/dist/uPlot.min.css',
}

/** All that the page consists of: what lies in `src/console/`, the page itself at `/`, and the chart library. */
export function consoleFiles(): ConsoleFile[] {
  const own = readdirSync(folder).map((name) => ({
    url: name === 'index.html' ? '/' : `/console/${name}`,
    path: fileURLToPath(new URL(name, folder)),
  }))
  const others = Object.entries(fromPackages).map(([url, name]) => ({
    url,
    path: fileURLToPath(import.meta.resolve(name)),
  }))
  return [...own, ...others].flatMap((file) => {
    const type = types[extname(file.path)]
    return type === undefined ? [] : [{ ...file, type }]
  })
}
