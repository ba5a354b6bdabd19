/**
 * Cuts the data of `bench:weights` out of the held-out texts: `node test/bench/weights-data.ts`.
 *
 *   models/heldout/mix.jsonl             passages of each domain, whole sentences, as `tutti tune` and `evaluate` read them
 *   models/heldout/parts-of-speech.jsonl WordNet entries: the words, and which part of speech they are defined as
 */
import { writeFileSync } from 'node:fs'
import { domains, heldOut } from './held-out.ts'

const passagesPerDomain = 16
/** As many as there are adjectives; of verbs and adverbs there are fewer. */
const entriesPerLabel = 160
const passage = { least: 300, most: 480 }

const folder = new URL('../../models/heldout/', import.meta.url)

function all(domain: (typeof domains)[number]) {
  return (['tune', 'test'] as const).flatMap((split) => heldOut(domain, split, Number.POSITIVE_INFINITY))
}

function write(name: string, rows: readonly object[]): void {
  writeFileSync(new URL(name, folder), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}

/** The longest start of a text that is whole sentences and no longer than a passage. */
function cut(text: string): string | null {
  const end = text.slice(0, passage.most).search(/[.?!]["']?\s(?![\s\S]*[.?!]["']?\s)/)
  return end >= passage.least ? text.slice(0, end + 1) : null
}

/** As many as wanted, evenly from beginning to end. */
function spread<T>(items: readonly T[], wanted: number): T[] {
  return items.filter(
    (_, index) => Math.floor((index * wanted) / items.length) !== Math.floor(((index - 1) * wanted) / items.length),
  )
}

const mix = domains.flatMap((domain) => {
  const passages = all(domain).flatMap(({ id, text }) => {
    const found = cut(text)
    return found === null ? [] : [{ text: found, domain, document: id.replace(/#\d+$/, '') }]
  })
  return spread(passages, passagesPerDomain)
})
write('mix.jsonl', mix)

const labels = ['noun', 'verb', 'adjective', 'adverb']
const entries = all('definitions').flatMap(({ text }) =>
  text.split('\n\n').flatMap((entry) => {
    const [, words, label] = /^(.+?) \((noun|verb|adjective|adverb)\): /.exec(entry) ?? []
    return words === undefined || label === undefined ? [] : [{ input: words, label }]
  }),
)
write('parts-of-speech.jsonl', [
  { labels, prompt: '{input} (' },
  ...labels.flatMap((label) =>
    spread(
      entries.filter((entry) => entry.label === label),
      entriesPerLabel,
    ),
  ),
])
