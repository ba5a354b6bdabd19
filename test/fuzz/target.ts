import { classify } from '../../src/ensemble/classify/classify.ts'
import { scorePrompt } from '../../src/ensemble/echo.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { predict } from '../../src/ensemble/predict.ts'
import { scoreTexts } from '../../src/ensemble/score.ts'
import { errorTable } from '../../src/errors.ts'
import { createLogger } from '../../src/observability/logger.ts'
import type { App } from '../../src/server/app.ts'
import { defineToyOf } from '../core/lattice/toy.ts'
import { directoryOf, ToyMember } from '../ensemble/toy-member.ts'
import { fakeServer, usualLimits } from '../server/fake.ts'
import { smallVocabulary } from '../wire/kit/twin-model.ts'
import type { FuzzRequest } from './requests.ts'

/** The gateway over two toy members in this process, with little room, so that what is allowed is soon answered. */
export async function startTarget(): Promise<App> {
  const members = [1, 2].map((seed) => {
    const toy = defineToyOf(smallVocabulary([' the', 'é😀', 'ab']), seed)
    // A toy remembers every context: of the last token alone there are few.
    const probabilities = (context: readonly number[]) => toy.probabilities(context.slice(-1))
    return new ToyMember(`m${seed - 1}`, { ...toy, probabilities })
  })
  const { app } = await fakeServer({
    directory: await directoryOf(members, { tau: 5e-3, deadlineMs: 1_000 }),
    generate,
    predict,
    scorePrompt,
    scoreTexts,
    classify,
    limits: { ...usualLimits, cost: 150, promptBytes: 200 },
    bodyLimitBytes: 20_000,
    logger: createLogger('silent', { write() {} }),
  })
  await app.ready()
  return app
}

/** What is wrong with the answer to a request, or null: it must be none of the gateway's faults, and in shape. */
export async function faultOf(app: App, request: FuzzRequest): Promise<string | null> {
  const { method, url, headers, payload } = request
  const answer = await app.inject({ method, url, headers, ...(payload !== undefined && { payload }) })
  const { statusCode: status, body } = answer
  if (answer.headers['content-type']?.toString().startsWith('text/event-stream')) {
    const failed = /"code":"(\w+)"/.exec(body)?.[1]
    return failed === 'internal' ? `a stream ended with an internal error` : null
  }
  if (status < 400) return null
  if (url.startsWith('/readyz') || url.startsWith('/health')) return null
  const { error } = JSON.parse(body) as { error: { code: string; message: string } }
  const known = errorTable[error.code as keyof typeof errorTable]
  if (known === undefined || known.status !== status) return `${status} with code ${error.code}`
  return error.code === 'internal' ? 'an internal error' : null
}
