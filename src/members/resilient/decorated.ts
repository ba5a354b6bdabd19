import { TuttiError } from '../../errors.ts'
import type { Member } from '../member.ts'

export type Operation =
  | 'continue'
  | 'continueText'
  | 'list'
  | 'listText'
  | 'bytes'
  | 'score'
  | 'query'
  | 'listAt'
  | 'chat'
  | 'answer'
  | 'tokenize'

/** One call of an operation, whatever its arguments. */
export interface Call<Answer> {
  readonly operation: Operation
  /** Of whoever calls. */
  readonly signal: AbortSignal
  /** Makes the call, of any member that has the operation. */
  on(member: Member, signal: AbortSignal): Answer
}

/** What is put round every call: of what is answered once, and of streams. */
export interface Around {
  once<T>(call: Call<Promise<T>>): Promise<T>
  stream<T>(call: Call<AsyncIterable<T>>): AsyncIterable<T>
}

/** The member with something round every call of its operations; probes go to it as they are. */
export function decorated(member: Member, around: Around): Member {
  function once<T>(
    operation: Operation,
    signal: AbortSignal,
    on: (member: Member, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return around.once({ operation, signal, on })
  }

  function stream<T>(
    operation: Operation,
    signal: AbortSignal,
    on: (member: Member, signal: AbortSignal) => AsyncIterable<T>,
  ): AsyncIterable<T> {
    return around.stream({ operation, signal, on })
  }

  return {
    id: member.id,
    kind: member.kind,
    replica: member.replica,
    continue: (context, options) =>
      stream('continue', options.signal, (one, signal) => one.continue(context, { ...options, signal })),
    ...(member.continueText && {
      continueText: (text, options) =>
        stream('continueText', options.signal, (one, signal) =>
          having(one, 'continueText')(text, { ...options, signal }),
        ),
    }),
    ...(member.list && {
      list: (context, options) =>
        once('list', options.signal, (one, signal) => having(one, 'list')(context, { ...options, signal })),
    }),
    ...(member.listText && {
      listText: (text, options) =>
        once('listText', options.signal, (one, signal) => having(one, 'listText')(text, { ...options, signal })),
    }),
    ...(member.bytes && {
      bytes: (request, options) =>
        stream('bytes', options.signal, (one, signal) => having(one, 'bytes')(request, { ...options, signal })),
    }),
    ...(member.score && {
      score: (context, continuation, options) =>
        once('score', options.signal, (one, signal) =>
          having(one, 'score')(context, continuation, { ...options, signal }),
        ),
    }),
    ...(member.query && {
      query: (contexts, options) =>
        once('query', options.signal, (one, signal) => having(one, 'query')(contexts, { ...options, signal })),
    }),
    ...(member.listAt && {
      listAt: (temperature, context, options) =>
        once('listAt', options.signal, (one, signal) =>
          having(one, 'listAt')(temperature, context, { ...options, signal }),
        ),
    }),
    ...(member.chat && {
      chat: (messages, given) => once('chat', given, (one, signal) => having(one, 'chat')(messages, signal)),
    }),
    ...(member.answer && {
      answer: (request, options) =>
        once('answer', options.signal, (one, signal) => having(one, 'answer')(request, { ...options, signal })),
    }),
    ...(member.replicas && { replicas: () => member.replicas?.() ?? [] }),
    tokenize: (text, given) => once('tokenize', given, (one, signal) => one.tokenize(text, signal)),
    probe: (signal) => member.probe(signal),
    close: () => member.close(),
  }
}

/** For what knows streams alone: what is answered once is a stream of one item. */
export function onceByStream(stream: Around['stream']): Around['once'] {
  return async <T>({ operation, signal, on }: Call<Promise<T>>): Promise<T> => {
    async function* one(member: Member, given: AbortSignal) {
      yield await on(member, given)
    }
    for await (const value of stream({ operation, signal, on: one })) return value
    throw new TuttiError('internal', `${operation} ended without a value`)
  }
}

/** All members of one kind have the same operations. */
function having<K extends Operation>(member: Member, operation: K): NonNullable<Member[K]> {
  const found = member[operation]
  if (found) return found
  throw new TuttiError('internal', `${member.kind} has no ${operation}`)
}
