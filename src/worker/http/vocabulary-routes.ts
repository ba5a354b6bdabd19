import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { WireVocabulary } from '../../members/shared/worker-wire.ts'
import { toBase64 } from './base64.ts'
import { checkTokens } from './context.ts'
import type { Service } from './service.ts'

const tokenizeBody = z.strictObject({
  text: z.string(),
  add_special_tokens: z.boolean().default(true),
  parse_special_tokens: z
    .boolean()
    .default(false)
    .describe('Read <|endoftext|> and the like inside the text as special tokens; off, they are text'),
})

const detokenizeBody = z.strictObject({ tokens: z.array(z.int()) })

export function vocabularyRoutes(service: Service): FastifyPluginCallbackZod {
  const { table, tokenizer } = service
  const vocabulary: WireVocabulary = {
    fingerprint: table.fingerprint,
    size: table.size,
    bytes: Buffer.concat(table.bytes).toString('base64'),
    lengths: toBase64(Int32Array.from(table.bytes, (bytes) => bytes.length)),
    end: [...table.end],
    control: table.control,
    bos: table.beginning,
  }
  return (app, _options, done) => {
    app.get('/vocabulary', () => vocabulary)
    app.post('/tokenize', { schema: { body: tokenizeBody } }, (request, reply) => {
      const { text, add_special_tokens: addSpecialTokens, parse_special_tokens: parseSpecialTokens } = request.body
      const tokens = tokenizer.encode(text, { addSpecialTokens, parseSpecialTokens })
      return reply.send({ tokens: Array.from(tokens) })
    })
    app.post('/detokenize', { schema: { body: detokenizeBody } }, (request, reply) => {
      const { tokens } = request.body
      checkTokens(tokens, table.size, 'tokens')
      const bytes = Buffer.concat(tokens.map((token) => table.bytes[token] as Uint8Array))
      // The text may hold U+FFFD where the tokens cut a character; the bytes are exact.
      return reply.send({ text: bytes.toString('utf8'), bytes: bytes.toString('base64') })
    })
    done()
  }
}
