import type { z } from 'zod'
import { defineVocabulary, type Vocabulary } from '../../core/lattice/vocabulary.ts'
import { TuttiError } from '../../errors.ts'
import { blame } from '../shared/failures.ts'
import { decodeInt32 } from './decode-list.ts'
import type { vocabularySchema } from './wire-schemas.ts'

/** @throws TuttiError `member_protocol` when lengths and bytes don't fit, `invalid_model` as `defineVocabulary`. */
export function decodeVocabulary(wire: z.infer<typeof vocabularySchema>, member: string): Vocabulary {
  const all = new Uint8Array(Buffer.from(wire.bytes, 'base64'))
  const lengths = decodeInt32(wire.lengths, member)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  if (lengths.length !== wire.size || total !== all.length || lengths.some((length) => length < 0)) {
    throw new TuttiError('member_protocol', `${member}: the vocabulary's lengths don't fit its ${all.length} bytes`, {
      member,
    })
  }
  let at = 0
  const bytes = Array.from(lengths, (length) => {
    at += length
    return all.subarray(at - length, at)
  })
  try {
    return defineVocabulary({ bytes, end: wire.end, control: wire.control })
  } catch (error) {
    throw blame(member, error)
  }
}
