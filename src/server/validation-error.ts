import type { z } from 'zod'
import { type ErrorCode, TuttiError } from '../errors.ts'

type Issue = Pick<z.core.$ZodIssue, 'path' | 'code' | 'message'> & {
  readonly keys?: readonly string[]
  readonly params?: { readonly code?: ErrorCode }
}

/** What fastify-type-provider-zod reports: the issue without its path, which is kept as a pointer. */
export interface Validation {
  readonly keyword: string
  readonly instancePath: string
  readonly message?: string
  readonly params?: Record<string, unknown>
}

/** The first thing wrong with a request, with the field named; unknown fields are named all at once. */
export function fromValidation(found: readonly Validation[]): TuttiError {
  const issues = found.map(toIssue)
  const issue = issues[0]
  if (!issue) return new TuttiError('invalid_request', 'the request is not valid')
  const unsupported = issues.find(({ params }) => params?.code === 'unsupported_parameter')
  if (unsupported) {
    const param = fieldName(unsupported.path)
    return new TuttiError('unsupported_parameter', `\`${param}\` ${unsupported.message}`, { param })
  }
  if (issue.keys) {
    const names = issue.keys.map((key) => fieldName([...issue.path, key]))
    const verb = names.length === 1 ? 'is not a known field' : 'are not known fields'
    const param = names[0]
    return new TuttiError(
      'invalid_request',
      `${names.map((name) => `\`${name}\``).join(', ')} ${verb}`,
      param ? { param } : {},
    )
  }
  const param = fieldName(issue.path)
  if (param === '') return new TuttiError('invalid_request', `the body must be a JSON object (${issue.message})`)
  return new TuttiError('invalid_request', `\`${param}\`: ${lowerFirst(issue.message)}`, { param })
}

function toIssue({ keyword, instancePath, message, params }: Validation): Issue {
  const path = instancePath
    .split('/')
    .slice(1)
    .filter((part) => part !== '')
  const custom = params?.['params'] as Issue['params']
  const keys = keyword === 'unrecognized_keys' ? (params?.['keys'] as readonly string[]) : undefined
  return {
    path,
    code: 'custom',
    message: message ?? 'is not valid',
    ...(keys && { keys }),
    ...(custom && { params: custom }),
  }
}

/** `ensemble.diagnostics`, `stop[0]`: the field as people write it. */
function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, key) => {
    if (/^\d+$/.test(String(key))) return `${name}[${String(key)}]`
    return name === '' ? String(key) : `${name}.${String(key)}`
  }, '')
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
