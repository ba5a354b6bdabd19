import { defineLlamacppMember } from '../../src/members/llamacpp/define-llamacpp-member.ts'
import type { Member } from '../../src/members/member.ts'
import { defineOipMember } from '../../src/members/oip/define-oip-member.ts'
import { defineOllamaMember } from '../../src/members/ollama/define-ollama-member.ts'
import { defineOnnxMember } from '../../src/members/onnx/define-onnx-member.ts'
import { defineOpenaiMember } from '../../src/members/openai/define-openai-member.ts'
import { defineSglangMember } from '../../src/members/sglang/define-sglang-member.ts'
import type { HttpLimits } from '../../src/members/shared/http-client.ts'
import { defineTgiMember } from '../../src/members/tgi/define-tgi-member.ts'
import { defineVllmMember } from '../../src/members/vllm/define-vllm-member.ts'
import { startWorker } from '../../src/worker/start-worker.ts'
import { chatml } from '../wire/kit/chat-template.ts'
import { startTwin, type Twin, type TwinOptions } from '../wire/kit/twin.ts'
import type { TwinModel } from '../wire/kit/twin-model.ts'
import { llamacpp } from '../wire/llamacpp.ts'
import { type OipManner, oip } from '../wire/oip.ts'
import { ollama } from '../wire/ollama.ts'
import { type OpenaiManner, openai } from '../wire/openai.ts'
import { sglang } from '../wire/sglang.ts'
import { maxTopN, tgi } from '../wire/tgi.ts'
import { maxLogprobs, vllm } from '../wire/vllm.ts'
import { modelDir, talkingDir } from '../worker/support.ts'

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
export const operations = ['query', 'score', 'chat', 'answer'] as const
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
  /** A server of our own, no twin: it serves the tiny model and has no faults to choose. */
  readonly own?: true
  /** One call a token: no stream is there to break. Default: streams. */
  readonly streams?: false
  /** Tokens that are no whole character have no name of their own: their mass is hidden, and a path ends before them. */
  readonly lossy?: true
  /** Lists are made from logits, which any numbers are. Default: the server's own lists. */
  readonly logits?: true
  /** The protocol says nothing of what its servers count. Default: they tell how many tokens a context has. */
  readonly uncounted?: true
  /** An answer is made of tokens that go on with whole characters. Default: of any, and what is no text is replaced. */
  readonly wellFormed?: true
  /** The server samples by no seed that a call could give. Default: same seed, same answer. */
  readonly unseeded?: true
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

async function twinOf(starting: Promise<Twin>, define: (choice: DefineChoice) => Member): Promise<Subject> {
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

const oipTraits = {
  maxTopK: (size: number) => size,
  room: 0,
  offers: ['query', 'score'],
  takesTokens: true,
  streams: false,
  logits: true,
  uncounted: true,
} as const

function oipMember({ model, ...choice }: DefineChoice, { name, tokenizer }: TwinModel, contextLength: number | null) {
  return defineOipMember({ ...choice, model: model ?? name, tokenizer, output: 'logits', binary: true, contextLength })
}

function oipTwin(model: TwinModel, manner: OipManner, options?: TwinOptions): Promise<Subject> {
  return twinOf(startTwin(oip(model, manner), model, options), (choice) =>
    oipMember(choice, model, model.contextLength),
  )
}

function openaiTwin(model: TwinModel, manner: OpenaiManner, options?: TwinOptions): Promise<Subject> {
  const { name, tokenizer, contextLength } = model
  const common = { tokenizer, contextLength, api: 'completions', headers: {} } as const
  return twinOf(startTwin(openai(manner), model, options), (choice) =>
    defineOpenaiMember({ ...choice, ...common, model: choice.model ?? name }),
  )
}

const openaiTraits = { maxTopK: () => 5, room: 1, offers: ['query'], takesTokens: true } as const

export const entries: readonly Entry[] = [
  {
    kind: 'onnx',
    async start() {
      const { url, close } = await startWorker({ modelDir: talkingDir(chatml) })
      const define = ({ via = url, limits = {} }: MemberChoice = {}) =>
        defineOnnxMember({ id: 'm', url: via, ...limits })
      return { url, twin: null, define, close }
    },
    maxTopK: (size) => size,
    room: 0,
    offers: ['score', 'chat', 'answer'],
    takesTokens: true,
    own: true,
    wellFormed: true,
  },
  {
    kind: 'oip of our worker',
    async start(model) {
      const { url, close } = await startWorker({ modelDir: modelDir('tiny-gpt') })
      const define = ({ via = url }: MemberChoice = {}) =>
        oipMember({ id: 'm', url: via, model: null, apiKey: null, limits: {} }, model, null)
      return { url, twin: null, define, close }
    },
    ...oipTraits,
    own: true,
  },
  {
    kind: 'oip',
    start: (model, options) => oipTwin(model, {}, options),
    ...oipTraits,
  },
  {
    kind: 'oip without binary tensors',
    start: (model, options) => oipTwin(model, { binary: false }, options),
    ...oipTraits,
  },
  {
    kind: 'llamacpp',
    start: (model, options) =>
      twinOf(startTwin(llamacpp, model, options), (choice) => defineLlamacppMember({ ...choice, tokenizer: null })),
    maxTopK: (size) => size,
    room: 1,
    offers: ['query', 'chat', 'answer'],
    takesTokens: true,
  },
  {
    kind: 'vllm',
    start: (model, options) =>
      twinOf(startTwin(vllm, model, options), (choice) => defineVllmMember({ ...choice, tokenizer: model.tokenizer })),
    maxTopK: (size) => Math.min(size, maxLogprobs),
    room: 1,
    offers: ['query', 'score', 'chat', 'answer'],
    takesTokens: true,
  },
  {
    kind: 'sglang',
    start: (model, options) =>
      twinOf(startTwin(sglang, model, options), (choice) =>
        defineSglangMember({ ...choice, tokenizer: model.tokenizer }),
      ),
    unseeded: true,
    maxTopK: (size) => size,
    room: 1,
    offers: ['query', 'score', 'chat', 'answer'],
    takesTokens: true,
  },
  {
    kind: 'tgi',
    start: (model, options) =>
      twinOf(startTwin(tgi, model, options), (choice) => defineTgiMember({ ...choice, tokenizer: model.tokenizer })),
    maxTopK: (size) => Math.min(size, maxTopN),
    room: 1,
    offers: ['chat', 'answer'],
    takesTokens: false,
  },
  {
    kind: 'openai',
    start: (model, options) => openaiTwin(model, {}, options),
    ...openaiTraits,
  },
  {
    kind: 'openai, broken characters replaced',
    start: (model, options) => openaiTwin(model, { broken: 'replaced' }, options),
    ...openaiTraits,
    lossy: true,
  },
  {
    kind: 'ollama',
    start: (model, options) =>
      twinOf(startTwin(ollama(), model, options), (choice) => {
        const { name, tokenizer } = model
        return defineOllamaMember({ ...choice, tokenizer, contextLength: null, model: choice.model ?? name })
      }),
    maxTopK: () => 20,
    room: 1,
    offers: ['answer'],
    takesTokens: false,
    lossy: true,
  },
]

/** OpenAI's chat, which does nothing but answer. */
export const chatOnly: Entry = {
  kind: 'openai, chat',
  start: (model, options) =>
    twinOf(startTwin(openai(), model, options), (choice) => {
      const { name, tokenizer, contextLength } = model
      const common = { tokenizer, contextLength, api: 'chat', headers: {} } as const
      return defineOpenaiMember({ ...choice, ...common, model: choice.model ?? name })
    }),
  maxTopK: () => 20,
  room: 1,
  offers: ['answer'],
  takesTokens: false,
}

/** Those of twins, which have faults to choose and any model. */
export const twinned = entries.filter(({ own }) => own !== true)
