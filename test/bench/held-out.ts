import { readFileSync } from 'node:fs'
import { z } from 'zod'

export const domains = ['speeches', 'novels', 'definitions', 'technical'] as const
export type Domain = (typeof domains)[number]

const documentSchema = z.object({
  id: z.string(),
  domain: z.enum(domains),
  split: z.enum(['tune', 'test']),
  text: z.string().min(1),
})
export type HeldOutDocument = z.infer<typeof documentSchema>

const folder = new URL('../../models/heldout/', import.meta.url)

/** The first documents of a split of a domain, until they hold at least `bytes` bytes. */
export function heldOut(domain: Domain, split: 'tune' | 'test', bytes: number): HeldOutDocument[] {
  const lines = readFileSync(new URL(`${domain}.jsonl`, folder), 'utf8')
    .trimEnd()
    .split('\n')
  const chosen: HeldOutDocument[] = []
  let total = 0
  for (const line of lines) {
    const document = documentSchema.parse(JSON.parse(line))
    if (document.split !== split || total >= bytes) continue
    chosen.push(document)
    total += Buffer.byteLength(document.text)
  }
  return chosen
}
