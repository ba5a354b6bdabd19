import { z } from 'zod'
import { checkShape } from './check-shape.ts'
import type { HttpClient } from './http-client.ts'
import { noSuchModel } from './no-such-model.ts'

interface Named {
  readonly id: string
}

/**
 * The entry of a model in `GET /v1/models`, which servers tell in OpenAI's shape, each with fields of its own. Many answer to whatever
 * name a call has, so the name is compared here.
 *
 * @param model its name; null: the first that there is.
 * @param isNamed whether an entry goes by that name; default: its id is the name.
 * @throws TuttiError `member_rejected` that names the models there are.
 */
export async function servedModel<Entry extends Named>(
  http: HttpClient,
  member: string,
  { model, entry }: { readonly model: string | null; readonly entry: z.ZodType<Entry> },
  signal: AbortSignal,
  isNamed: (entry: Entry, name: string) => boolean | undefined = ({ id }, name) => id === name,
): Promise<Entry> {
  const shape = z.object({ data: z.array(entry).min(1) })
  const { data } = checkShape(shape, await http.get('/v1/models', signal), member, '/v1/models')
  const found = data.find((one) => model === null || isNamed(one, model))
  if (found !== undefined) return found
  throw noSuchModel(
    member,
    model,
    data.map(({ id }) => id),
  )
}
