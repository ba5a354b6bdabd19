import { z } from 'zod'
import { defineVocabulary } from '../../core/lattice/vocabulary.ts'
import { TuttiError } from '../../errors.ts'
import type { KnownVocabulary } from '../../tokenizer/load-tokenizer.ts'
import { fingerprintOf } from '../../tokenizer/token-table.ts'
import { checkShape } from '../shared/check-shape.ts'
import { blame } from '../shared/failures.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { listBody } from './completion-body.ts'
import { completionSchema, entrySchema } from './wire-schemas.ts'

/** Most tokens without text that are tried for ends one by one; beyond, only the server's own end is known. */
const mostTried = 512

const allEntries = z.array(entrySchema)

/**
 * The bytes of all tokens by one list as long as the vocabulary. Tokens without text are ends or control tokens, which the list
 * doesn't tell apart: an end is what the server stops at.
 *
 * @param size how many tokens the model scores.
 * @param anchor a token of whole text.
 * @param eos the end that the server names, if it names one.
 */
export async function learnVocabulary(
  http: HttpClient,
  member: string,
  { size, anchor, eos }: { readonly size: number; readonly anchor: number; readonly eos: number | null },
  signal: AbortSignal,
): Promise<KnownVocabulary> {
  const answer = await http.post('/completion', listBody([anchor], size, anchor), signal)
  const { completion_probabilities: lists } = checkShape(completionSchema, answer, member, 'the vocabulary')
  const entries = checkShape(allEntries, lists[0]?.top_logprobs, member, 'the vocabulary')
  const bytes = new Array<Uint8Array | null>(size).fill(null)
  for (const { id, bytes: own } of entries) bytes[id] = Uint8Array.from(own)
  const known = bytes.filter((own) => own !== null)
  if (known.length !== size || bytes.length !== size) {
    throw new TuttiError('member_protocol', `${member}: the list of all ${size} tokens holds ${known.length}`, {
      member,
    })
  }
  const blank = [...known.keys()].filter((id) => known[id]?.length === 0)
  const candidates = blank.length <= mostTried ? blank : blank.filter((id) => id === eos)
  const end: number[] = []
  for (const id of candidates) if (id === eos || (await endsText(http, member, id, anchor, signal))) end.push(id)
  const control = blank.filter((id) => !end.includes(id))
  try {
    return {
      vocabulary: defineVocabulary({ bytes: known, end, control }),
      fingerprint: fingerprintOf(known, end, control),
    }
  } catch (error) {
    throw blame(member, error)
  }
}

async function endsText(http: HttpClient, member: string, id: number, anchor: number, signal: AbortSignal) {
  const answer = await http.post('/completion', listBody([anchor], 0, id), signal)
  return checkShape(completionSchema, answer, member, 'a completion').stop_type === 'eos'
}
