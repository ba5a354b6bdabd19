import { type LeadTokenizer, leadTokenizer } from '../../ensemble/lead-tokenizer.ts'
import type { App } from '../app.ts'
import { toMessage } from '../wire/chat-request.ts'
import { errorResponses } from '../wire/error.ts'
import {
  detokenizeBody,
  detokenized,
  tokenizeBody,
  tokenized,
  tokenizerInfo,
  tokenizerInfoQuery,
} from '../wire/tokenizer.ts'

/** The lead member's tokenizer over HTTP, in vLLM's shapes: evaluation harnesses ask for it instead of loading one. */
export function tokenizerRoutes(app: App): void {
  const tags = ['Tokenizer']

  const tokenize = {
    summary: 'Tokens of a text',
    tags,
    body: tokenizeBody,
    response: { 200: tokenized, ...errorResponses },
  }
  app.post('/tokenize', { schema: tokenize }, async ({ body, directory, ending: signal }) => {
    const tokenizer = leadTokenizer(directory, body.model)
    const tokens = await (body.messages === undefined
      ? tokenizer.tokenize(body.prompt ?? '', body.add_special_tokens ?? true, signal)
      : tokenizer.tokenizeChat(body.messages.map(toMessage), signal))
    return {
      count: tokens.length,
      max_model_len: tokenizer.capabilities.contextLength,
      tokens: [...tokens],
      token_strs: body.return_token_strs === true ? Array.from(tokens, tokenizer.nameOf) : null,
    }
  })

  const detokenize = {
    summary: 'Text of tokens',
    tags,
    body: detokenizeBody,
    response: { 200: detokenized, ...errorResponses },
  }
  app.post('/detokenize', { schema: detokenize }, async ({ body, directory }) => {
    const bytes = leadTokenizer(directory, body.model).detokenize(body.tokens)
    return { prompt: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) }
  })

  const info = {
    summary: 'What the tokenizer is',
    tags,
    querystring: tokenizerInfoQuery,
    response: { 200: tokenizerInfo, ...errorResponses },
  }
  app.get('/tokenizer_info', { schema: info }, async ({ query, directory, ending }) =>
    describe(leadTokenizer(directory, query.model), ending),
  )
}

async function describe(tokenizer: LeadTokenizer, signal: AbortSignal) {
  const { vocabulary, capabilities } = tokenizer
  const named = (token: number | undefined) => (token === undefined ? null : tokenizer.nameOf(token))
  const [beginning] = await tokenizer.tokenize('', true, signal)
  // Where the token that begins a text is also one that ends it (GPT-2), that is the one harnesses mean.
  const end = [...vocabulary.end].find((token) => token === beginning) ?? [...vocabulary.end][0]
  return {
    tokenizer_class: 'TuttiLeadMember' as const,
    member: tokenizer.member,
    vocab_size: vocabulary.size,
    model_max_length: capabilities.contextLength,
    bos_token: named(beginning),
    eos_token: named(end),
    vocabulary_fingerprint: capabilities.vocabularyFingerprint,
  }
}
