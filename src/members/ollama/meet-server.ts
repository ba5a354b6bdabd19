import { TuttiError } from '../../errors.ts'
import { checkShape } from '../shared/check-shape.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { showSchema, versionSchema } from './wire-schemas.ts'

/** What the adapter must know of the server before its first call. */
export interface Known {
  /** Sent with every call: the server else takes a length of its own, and cuts what is longer without a word. */
  readonly numCtx: number
}

/** The first version that tells log-probabilities; those before leave them out without a word. */
const first = [0, 12, 11]

/** What the server takes when nobody says. */
const usualNumCtx = 4096

interface Meeting {
  readonly id: string
  readonly model: string
  readonly contextLength: number | null
}

export async function meetServer(
  http: HttpClient,
  { id: member, model, contextLength: given }: Meeting,
  signal: AbortSignal,
): Promise<Known> {
  const { version } = checkShape(versionSchema, await http.get('/api/version', signal), member, '/api/version')
  if (isBefore(version)) {
    const why = `Ollama ${version} tells no log-probabilities; ${first.join('.')} and later do`
    throw new TuttiError('member_rejected', `${member}: ${why}`, { member })
  }
  // A model that is not there is refused by name.
  const shown = checkShape(showSchema, await http.post('/api/show', { model }, signal), member, '/api/show')
  const trained = Object.entries(shown.model_info).find(([key]) => key.endsWith('.context_length'))?.[1]
  const most = typeof trained === 'number' ? trained : Number.POSITIVE_INFINITY
  const set = /^num_ctx\s+(\d+)/m.exec(shown.parameters ?? '')?.[1]
  return { numCtx: Math.min(given ?? Number(set ?? usualNumCtx), most) }
}

/** A development build calls itself 0.0.0. */
function isBefore(version: string): boolean {
  const parts = version.split(/[.+-]/).slice(0, 3).map(Number)
  if (parts.some(Number.isNaN) || parts.every((part) => part === 0)) return false
  const at = first.findIndex((part, i) => part !== (parts[i] ?? 0))
  return at >= 0 && (parts[at] ?? 0) < (first[at] ?? 0)
}
