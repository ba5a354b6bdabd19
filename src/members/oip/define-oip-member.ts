import type { TokenDistribution } from '../../core/distribution/token-distribution.ts'
import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { Context, Member } from '../member.ts'
import { fileTokens } from '../shared/file-tokens.ts'
import { refuseFull } from '../shared/full-context.ts'
import { refuseUnknownIds } from '../shared/known-ids.ts'
import { argmax } from '../shared/listed-tokens.ts'
import { commonParts, defineServed } from '../shared/served.ts'
import type { ServerOptions } from '../shared/server-options.ts'
import { inferBody } from './infer-body.ts'
import { type Known, meetServer, pathOf } from './meet-server.ts'
import { readLogits } from './read-logits.ts'
import { readTensor } from './read-tensor.ts'

export interface OipOptions extends ServerOptions {
  /** The protocol can't ask a server what it serves. */
  readonly model: string
  readonly tokenizer: LoadedTokenizer
  /** Name of the logits among the model's outputs. */
  readonly output: string
  readonly binary: boolean
  readonly contextLength: number | null
}

/** Logits of one answer to several contexts: 64 MiB as FP32. */
const mostLogits = 1 << 24

/**
 * A member behind the Open Inference Protocol v2 (Triton, OVMS, KServe, MLServer, Tutti's worker): whole contexts in, logits out,
 * and no state between calls. It writes no answers: the protocol knows neither messages nor sampling.
 */
export function defineOipMember(options: OipOptions): Member {
  const { id, model, tokenizer } = options
  const server = defineServed<Known>(options, (http, before, signal) => meetServer(http, options, before, signal))
  const { http, known } = server

  function tokensOf(context: Context, { contextLength, width }: Known): number[] {
    return fileTokens(id, tokenizer, context, { contextLength, size: width })
  }

  /** The last `count` lists of each of several contexts of one length. */
  async function lists(
    server: Known,
    rows: readonly number[][],
    { count, topK, signal }: { readonly count: number; readonly topK: number; readonly signal: AbortSignal },
  ): Promise<TokenDistribution[][]> {
    const { body, headers } = inferBody(rows, server, id)
    const answer = await http.raw(`${pathOf(model)}/infer`, body, headers, signal)
    const asked = { rows: rows.length, count, topK: Math.min(topK, server.width) }
    return readLogits(readTensor(answer, server.output, id), asked, server, id)
  }

  async function lastList(server: Known, row: number[], options: { topK: number; signal: AbortSignal }) {
    const [[list] = []] = await lists(server, [row], { ...options, count: 1 })
    return list as TokenDistribution
  }

  return {
    ...commonParts('oip', server, (known) => ({
      ...known,
      model,
      maxTopK: known.width,
      scoring: 'listed',
      streaming: false,
    })),
    async *continue(context, { maxTokens, topK, signal }) {
      const server = await known(signal)
      const tokens = tokensOf(context, server)
      for (let made = 0; made < maxTokens && tokens.length <= server.contextLength; made++) {
        const distribution = await lastList(server, tokens, { topK, signal })
        const token = argmax(distribution)
        yield { distribution, token }
        if (server.vocabulary.end.has(token)) return
        tokens.push(token)
      }
    },
    async query(contexts, { topK, signal }) {
      const server = await known(signal)
      const found = new Array<TokenDistribution>(contexts.length)
      const all = contexts.map((context, index) => ({ index, row: tokensOf(context, server) }))
      const calls = batchesOf(all, server).map(async (batch) => {
        const answers = await lists(
          server,
          batch.map(({ row }) => row),
          { count: 1, topK, signal },
        )
        for (const [i, { index }] of batch.entries()) found[index] = answers[i]?.[0] as TokenDistribution
      })
      await Promise.all(calls)
      return found
    },
    async score(context, continuation, { topK, signal }) {
      const server = await known(signal)
      if (continuation.length === 0) return []
      const row = [...tokensOf(context, server), ...continuation.subarray(0, -1)]
      refuseFull(id, row.length, server.contextLength)
      refuseUnknownIds(id, continuation, server.width)
      const [along = []] = await lists(server, [row], { count: continuation.length, topK, signal })
      return along.map((distribution, i) => ({ distribution, token: continuation[i] as number }))
    },
    tokenize: async (text) => tokenizer.encode(text),
  }
}

/** Contexts of one length go together as far as the answer stays small: tensors have no ragged rows. */
function batchesOf<T extends { readonly row: readonly number[] }>(all: readonly T[], { batches, width }: Known): T[][] {
  const groups = new Map<number, T[]>()
  for (const one of all) groups.set(one.row.length, [...(groups.get(one.row.length) ?? []), one])
  return [...groups].flatMap(([length, group]) => {
    const most = batches ? Math.max(1, Math.floor(mostLogits / (length * width))) : 1
    return Array.from({ length: Math.ceil(group.length / most) }, (_, i) => group.slice(i * most, (i + 1) * most))
  })
}
