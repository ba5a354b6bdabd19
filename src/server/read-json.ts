import { isUtf8 } from 'node:buffer'
import { TuttiError } from '../errors.ts'
import type { App } from './app.ts'
import { repeatedKey } from './repeated-key.ts'

/**
 * Bodies as strictly as they can be read: UTF-8, no name twice in an object, and none that would change what objects inherit. A
 * body that is read in more than one way may be read otherwise by whoever stands before the gateway.
 */
export function readJsonStrictly(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (!isUtf8(body)) return done(new TuttiError('invalid_request', 'the body is not valid UTF-8'))
    const text = body.toString('utf8')
    parse(request, text, (error, value) => {
      if (error) return done(error)
      const repeated = repeatedKey(text)
      if (repeated === null) return done(null, value)
      done(new TuttiError('invalid_request', `\`${repeated}\` stands twice in one object`, { param: repeated }))
    })
  })
}
