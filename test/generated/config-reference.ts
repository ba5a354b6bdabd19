import { configJsonSchema } from '../../src/config/schema.ts'

interface Node {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Node | boolean
  readonly items?: Node
  readonly oneOf?: readonly Node[]
}

/** docs/configuration.md: one row a field, straight from the schema. */
export function configReference(): string {
  const root = configJsonSchema() as Node
  const rows = fieldsOf(root, '').map((row) => `| ${row.join(' | ')} |`)
  return `# Configuration

One YAML file: \`tutti serve --config FILE\`, by default \`config/default.yaml\`. Unknown fields are refused by name.
In string values, \`\${NAME}\` is replaced by an environment variable (refused when it is not set) and
\`\${NAME:-default}\` by the default when it is not. Relative paths are relative to the file.
Editors check and complete the file with \`config/tutti.schema.json\`.

This page is generated from the schema (\`npm run generate\`); a test holds the two equal.

| field | value | default | meaning |
|---|---|---|---|
${rows.join('\n')}
`
}

function fieldsOf(node: Node, prefix: string): string[][] {
  return Object.entries(node.properties ?? {}).flatMap(([name, field]) =>
    rowsOf(field, `${prefix}${name}`, (node.required ?? []).includes(name)),
  )
}

function rowsOf(field: Node, path: string, required: boolean): string[][] {
  const row = [`\`${path}\``, allowedOf(field), defaultOf(field, required), field.description ?? '']
  const entry = field.additionalProperties
  if (typeof entry === 'object') {
    return [row, ...fieldsOfKinds(entry.oneOf ?? [entry], `${path}.<name>.`)]
  }
  if (field.items) return [row, ...fieldsOf(field.items, `${path}[].`)]
  return [row, ...fieldsOf(field, `${path}.`)]
}

/** A field that means the same for every kind has one row; any other has one a kind, with the kind's name. */
function fieldsOfKinds(kinds: readonly Node[], prefix: string): string[][] {
  const rows = new Map<string, { row: string[]; kinds: string[] }>()
  for (const kind of kinds) {
    const name = String(kind.properties?.['kind']?.const)
    for (const row of fieldsOf(kind, prefix)) {
      const key = JSON.stringify(row)
      const known = rows.get(key)
      if (known) known.kinds.push(name)
      else rows.set(key, { row, kinds: [name] })
    }
  }
  return [...rows.values()].map(({ row: [path = '', ...cells], kinds: of }) => [
    of.length === kinds.length ? path : `${path} (${of.join(', ')})`,
    ...cells,
  ])
}

function allowedOf(field: Node): string {
  if (field.const !== undefined) return `\`${String(field.const)}\``
  if (field.enum) return field.enum.map((one) => `\`${String(one)}\``).join(', ')
  const low = field.exclusiveMinimum !== undefined ? `> ${field.exclusiveMinimum}` : bound('≥', field.minimum)
  const high = field.exclusiveMaximum !== undefined ? `< ${field.exclusiveMaximum}` : bound('≤', field.maximum)
  if (typeof field.additionalProperties === 'object') return 'object by name'
  return [field.type === 'array' ? 'list' : (field.type ?? 'object'), low, high].filter((part) => part !== '').join(' ')
}

function bound(sign: string, value: number | undefined): string {
  return value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? '' : `${sign} ${value}`
}

function defaultOf(field: Node, required: boolean): string {
  if (field.default !== undefined && typeof field.default !== 'object') return `\`${String(field.default)}\``
  return required ? 'required' : ''
}
