import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import { TuttiError } from '../errors.ts'
import type { Config } from './config.ts'
import { crossCheck } from './cross-checks.ts'
import { deepFreeze } from './deep-freeze.ts'
import { describeIssue } from './describe-issue.ts'
import { interpolate } from './interpolate.ts'
import { readLearned } from './learned-weights.ts'
import { type ConfigPath, formatPath, type Problem } from './problem.ts'
import { resolveConfig } from './resolve.ts'
import { configSchema } from './schema.ts'

interface Origin {
  /** Name of the file, for messages. */
  readonly file: string
  /** What relative paths in it are relative to. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether weights files are read; default true. Without, their ensembles have equal weights. */
  readonly weightsFiles?: boolean
}

/** The text of a configuration file as a frozen `Config`. Throws `invalid_config`. */
export function parseConfig(text: string, origin: Origin): Config {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const fault = document.errors[0]
  if (fault) {
    const reason = fault.message.split('\n')[0]?.replace(/:$/, '') ?? 'is not YAML'
    throw new TuttiError('invalid_config', `${origin.file} is not valid YAML: ${reason}`)
  }
  const place = (path: ConfigPath) => locate(document, lines, path)
  const missing: Problem[] = []
  const filled = new Set<string>()
  const data = interpolate(dataOf(document, origin.file), origin.env, missing, filled)
  if (missing.length > 0) throw refusal(origin.file, missing, place)
  const parsed = configSchema.safeParse(data)
  if (!parsed.success) throw refusal(origin.file, parsed.error.issues.flatMap(describeIssue), place)
  const problems = crossCheck(parsed.data, origin.env)
  const learned =
    origin.weightsFiles === false ? new Map<string, never>() : readLearned(parsed.data, origin.folder, problems)
  if (problems.length > 0) throw refusal(origin.file, problems, place)
  return deepFreeze(resolveConfig(parsed.data, { ...origin, filled, learned }))
}

/** The document as plain data. Aliases may repeat a part, but neither hold themselves nor multiply without end. */
function dataOf(document: Document, file: string): unknown {
  try {
    const data: unknown = document.toJS() ?? {}
    // Throws at what holds itself.
    JSON.stringify(data)
    return data
  } catch (cause) {
    const reason = 'an alias (`*name`) holds itself or repeats too much; write the part out'
    throw new TuttiError('invalid_config', `${file}: ${reason}`, { cause })
  }
}

function refusal(file: string, problems: readonly Problem[], place: (path: ConfigPath) => string): TuttiError {
  const lines = problems.map(({ path, reason, suggestion }) => {
    const where = path.length > 0 ? `${formatPath(path)} ` : ''
    return `${file}${place(path)}: ${where}${reason}${suggestion === null ? '' : ` (${suggestion})`}`
  })
  const first = problems[0]
  return new TuttiError('invalid_config', lines.join('\n'), first ? { param: formatPath(first.path) } : {})
}

/** `:line:column` of the deepest part of a path that the file has, or nothing for the root. */
function locate(document: Document, lines: LineCounter, path: ConfigPath): string {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true)
    const start = isNode(node) ? node.range?.[0] : undefined
    if (start === undefined) continue
    const { line, col } = lines.linePos(start)
    return `:${line}:${col}`
  }
  return ''
}
