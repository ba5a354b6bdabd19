import type { z } from 'zod'
import { nearest } from './nearest.ts'
import type { ConfigPath, Problem } from './problem.ts'
import { memberKinds } from './schema/members.ts'
import { configJsonSchema } from './schema.ts'

/** Zod's finding about the file, in the words of the file. An unknown key becomes one problem each, with its path. */
export function describeIssue(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path)
    return issue.keys.map((key) => {
      const meant = nearest(key, known)
      const allowed = known.length > 0 ? `allowed here: ${known.join(', ')}` : null
      return {
        path: [...issue.path, key],
        reason: 'is not a known field',
        suggestion: meant === null ? allowed : `did you mean ${meant}?`,
      }
    })
  }
  if (issue.code === 'invalid_key') {
    return [{ path: issue.path, reason: `is not a valid name: ${issue.issues[0]?.message ?? ''}`, suggestion: null }]
  }
  if (issue.code === 'invalid_union' && issue.path[0] === 'members') {
    return [
      { path: issue.path, reason: 'is missing or unknown', suggestion: `kinds that work: ${memberKinds.join(', ')}` },
    ]
  }
  return [{ path: issue.path, reason: lowerFirst(issue.message), suggestion: null }]
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: SchemaNode | boolean
  readonly items?: SchemaNode
  readonly oneOf?: readonly SchemaNode[]
}

/** Names of the fields that the schema allows in the object at a path. */
function keysAt(path: ConfigPath): string[] {
  let nodes: SchemaNode[] = [configJsonSchema() as SchemaNode]
  for (const key of path) nodes = nodes.flatMap((node) => step(node, key))
  return [...new Set(nodes.flatMap((node) => alternatives(node).flatMap((one) => Object.keys(one.properties ?? {}))))]
}

function step(node: SchemaNode, key: PropertyKey): SchemaNode[] {
  return alternatives(node).flatMap((one) => {
    if (typeof key === 'number') return one.items ? [one.items] : []
    const property = one.properties?.[String(key)]
    if (property) return [property]
    return typeof one.additionalProperties === 'object' ? [one.additionalProperties] : []
  })
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.oneOf ?? [node]
}
