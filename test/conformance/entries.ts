import { defineLlamacppMember } from '../../src/members/llamacpp/define-llamacpp-member.ts'
import type { Member } from '../../src/members/member.ts'
import { defineOnnxMember } from '../../src/members/onnx/define-onnx-member.ts'
import { defineSglangMember } from '../../src/members/sglang/define-sglang-member.ts'
import type { HttpLimits } from '../../src/members/shared/http-client.ts'
import { defineTgiMember } from '../../src/members/tgi/define-tgi-member.ts'
import { defineVllmMember } from '../../src/members/vllm/define-vllm-member.ts'
import { startWorker } from '../../src/worker/start-worker.ts'
import { startTwin, type Twin, type TwinOptions } from '../wire/kit/twin.ts'
import type { TwinModel } from '../wire/kit/twin-model.ts'
import { llamacpp } from '../wire/llamacpp.ts'
import { sglang } from '../wire/sglang.ts'
import { maxTopN, tgi } from '../wire/tgi.ts'
import { maxLogprobs, vllm } from '../wire/vllm.ts'
import { modelDir } from '../worker/support.ts'

export interface MemberChoice {
  /** Name of the model that the member must find. */
  readonly model?: string
  readonly apiKey?: string
  /** Where the server is reached, if not at its own address. */
  readonly via?: string
  readonly limits?: Partial<HttpLimits>
}

/** A server that the contract is held against, and members of it. */
export interface Subject {
  readonly url: string
  /** Null for a server that is no twin: it has no faults to choose, and its model is the tiny one. */
  readonly twin: Twin | null
  define(choice?: MemberChoice): Member
  close(): Promise<void>
}

/** What a member may do beside going on with a context. */
export const operations = ['query', 'score', 'chat'] as const
export type Operation = (typeof operations)[number]

/** One protocol of the contract. Adding a protocol is adding one entry. */
export interface Entry {
  readonly kind: string
  start(model: TwinModel, options?: TwinOptions): Promise<Subject>
  /** The longest list for a vocabulary of a size. */
  maxTopK(size: number): number
  /** How much context the model's own length leaves: some servers need room for one more token. */
  readonly room: 0 | 1
  readonly offers: readonly Operation[]
  /** Whether it takes contexts of token ids; if not, of texts alone. */
  readonly takesTokens: boolean
  /** What a real server serves; a twin serves what it is given. */
  readonly reference?: () => Promise<TwinModel>
  /** Nats by which equal lists may differ. */
  readonly precision?: number
}

interface DefineChoice {
  readonly id: string
  readonly url: string
  readonly model: string | null
  readonly apiKey: string | null
  readonly limits: Partial<HttpLimits>
}

async function twinned(starting: Promise<Twin>, define: (choice: DefineChoice) => Member): Promise<Subject> {
  const twin = await starting
  const { url } = twin
  return {
    url,
    twin,
    define: ({ model = null, apiKey = null, via = url, limits = {} } = {}) =>
      define({ id: 'm', url: via, model, apiKey, limits }),
    close: () => twin.close(),
  }
}

export const entries: readonly Entry[] = [
  {
    kind: 'onnx',
    async start() {
      const worker = await startWorker({ modelDir: modelDir('tiny-gpt') })
      const { url, close } = worker
      const define = ({ via = url, limits = {} }: MemberChoice = {}) =>
        defineOnnxMember({ id: 'm', url: via, ...limits })
      return { url, twin: null, define, close }
    },
    maxTopK: (size) => size,
    room: 0,
    offers: ['score'],
    takesTokens: true,
  },
  {
    kind: 'llamacpp',
    start: (model, options) =>
      twinned(startTwin(llamacpp, model, options), (choice) => defineLlamacppMember({ ...choice, tokenizer: null })),
    maxTopK: (size) => size,
    room: 1,
    offers: ['query', 'chat'],
    takesTokens: true,
  },
  {
    kind: 'vllm',
    start: (model, options) =>
      twinned(startTwin(vllm, model, options), (choice) => defineVllmMember({ ...choice, tokenizer: model.tokenizer })),
    maxTopK: (size) => Math.min(size, maxLogprobs),
    room: 1,
    offers: ['query', 'score', 'chat'],
    takesTokens: true,
  },
  {
    kind: 'sglang',
    start: (model, options) =>
      twinned(startTwin(sglang, model, options), (choice) =>
        defineSglangMember({ ...choice, tokenizer: model.tokenizer }),
      ),
    maxTopK: (size) => size,
    room: 1,
    offers: ['query', 'score', 'chat'],
    takesTokens: true,
  },
  {
    kind: 'tgi',
    start: (model, options) =>
      twinned(startTwin(tgi, model, options), (choice) => defineTgiMember({ ...choice, tokenizer: model.tokenizer })),
    maxTopK: (size) => Math.min(size, maxTopN),
    room: 1,
    offers: ['chat'],
    takesTokens: false,
  },
]
