import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { TuttiError } from '../../errors.ts'

const where = {
  /** Documents stay together in splits and intervals; rows without one are documents of their own. */
  document: z.string().min(1).optional(),
  domain: z.string().min(1).optional(),
}
const rowSchema = z.union([
  z.strictObject({ text: z.string().min(1), ...where }),
  z.strictObject({ prompt: z.string(), completion: z.string().min(1), ...where }),
])

const labelledSchema = z.strictObject({ input: z.string().min(1), label: z.string().min(1), ...where })
const headerSchema = z.strictObject({
  /** Names, or names with the text that stands for each. */
  labels: z.union([
    z.array(z.string().min(1)).min(2),
    z.record(z.string().min(1), z.string().min(1)).refine((texts) => Object.keys(texts).length > 1, 'needs two labels'),
  ]),
  prompt: z.string().optional(),
  normalisation: z.enum(['none', 'per_byte', 'contextual']).optional(),
})

/** What a classification asks: the labels, each with the text that stands for it, and the prompt they come behind. */
export interface Question {
  readonly labels: readonly string[]
  readonly texts: readonly string[]
  /** With `{input}` where the input goes. */
  readonly prompt: string
  readonly normalisation: 'none' | 'per_byte' | 'contextual'
}

/** What options say in place of the file's header. */
export interface AskedQuestion {
  readonly labels?: readonly string[]
  readonly prompt?: string
  readonly normalisation?: Question['normalisation']
}

export interface LabelRow {
  readonly document: string
  readonly domain: string
  readonly input: string
  /** Index of the right label. */
  readonly label: number
}

export type Data =
  | (DataFile<TextRow> & { readonly task: 'text' })
  | (DataFile<LabelRow> & { readonly task: 'classification'; readonly question: Question })

/** A text, or the part of one that counts behind a prompt. */
export interface TextRow {
  readonly document: string
  readonly domain: string
  readonly prompt: string
  readonly text: string
}

/** A data file: its rows, what identifies its content, and its day. */
export interface DataFile<Row> {
  readonly rows: readonly Row[]
  readonly sha256: string
  /** UTC day (YYYY-MM-DD) on which the file was last changed. */
  readonly date: string
}

/** What the domain of a row is called that names none. */
const noDomain = 'all texts'

/**
 * A JSONL file of texts, or of inputs with their labels.
 *
 * @throws TuttiError `invalid_request` that names file, line and field.
 */
export function readData(file: string, asked: AskedQuestion = {}): Data {
  const { lines, ...facts } = readLines(file)
  const header = headerSchema.safeParse(lines[0]?.value)
  if (header.success) {
    const question = questionOf(file, header.data, asked)
    return { task: 'classification', question, rows: labelRows(file, lines.slice(1), question), ...facts }
  }
  if (asked.labels !== undefined) {
    const question = questionOf(file, { labels: [...asked.labels] }, asked)
    return { task: 'classification', question, rows: labelRows(file, lines, question), ...facts }
  }
  return { task: 'text', rows: lines.map((line) => textRow(file, line)), ...facts }
}

function textRow(file: string, { value, number }: Line): TextRow {
  const parsed = rowSchema.safeParse(value)
  if (!parsed.success) {
    const reason =
      'a row is {"text"} or {"prompt", "completion"}, with "domain" and "document" where wanted; rows {"input", "label"} ' +
      'come behind a line {"labels"} or need --labels'
    throw fault(file, number, reason)
  }
  const { document = `line ${number}`, domain = noDomain } = parsed.data
  return 'text' in parsed.data
    ? { document, domain, prompt: '', text: parsed.data.text }
    : { document, domain, prompt: parsed.data.prompt, text: parsed.data.completion }
}

function questionOf(file: string, header: z.infer<typeof headerSchema>, asked: AskedQuestion): Question {
  const texts = Array.isArray(header.labels)
    ? Object.fromEntries(header.labels.map((label) => [label, label]))
    : header.labels
  const labels = asked.labels ?? Object.keys(texts)
  const prompt = asked.prompt ?? header.prompt ?? '{input}\n'
  if (new Set(labels).size < labels.length) throw fault(file, 1, 'labels: one is there twice')
  if (!prompt.includes('{input}')) throw fault(file, 1, 'prompt: has no {input}')
  return {
    labels,
    texts: labels.map((label) => texts[label] ?? label),
    prompt,
    normalisation: asked.normalisation ?? header.normalisation ?? 'none',
  }
}

function labelRows(file: string, lines: readonly Line[], { labels }: Question): LabelRow[] {
  if (lines.length === 0) throw fault(file, 2, 'the file has no rows')
  return lines.map(({ value, number }) => {
    const parsed = labelledSchema.safeParse(value)
    if (!parsed.success)
      throw fault(file, number, 'a row is {"input", "label"}, with "domain" and "document" where wanted')
    const { input, document = `line ${number}`, domain = noDomain } = parsed.data
    const label = labels.indexOf(parsed.data.label)
    if (label < 0) throw fault(file, number, `label: "${parsed.data.label}" is none of ${labels.join(', ')}`)
    return { document, domain, input, label }
  })
}

interface Line {
  readonly value: unknown
  /** From 1. */
  readonly number: number
}

function readLines(file: string): { lines: Line[]; sha256: string; date: string } {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    throw new TuttiError('invalid_request', `${file} cannot be read; give another with --data FILE`, { cause })
  }
  const lines = bytes
    .toString('utf8')
    .split('\n')
    .map((text, index) => ({ text, number: index + 1 }))
    .filter(({ text }) => text.trim() !== '')
    .map(({ text, number }): Line => {
      try {
        return { value: JSON.parse(text), number }
      } catch {
        throw fault(file, number, 'is not JSON')
      }
    })
  if (lines.length === 0) throw fault(file, 1, 'the file has no rows')
  return {
    lines,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    date: statSync(file).mtime.toISOString().slice(0, 10),
  }
}

function fault(file: string, line: number, reason: string): TuttiError {
  return new TuttiError('invalid_request', `${file}:${line}: ${reason}`, { param: `line ${line}` })
}
