import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { uniform } from '../../src/core/decode/noise.ts'
import type { Decoding, Ensemble } from '../../src/ensemble/ensemble.ts'
import { generate } from '../../src/ensemble/generate.ts'
import type { GenerationEvent } from '../../src/ensemble/generation-event.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import type { PromptInput } from '../../src/ensemble/prompt.ts'
import type { Context, Member } from '../../src/members/member.ts'
import { defineOnnxMember } from '../../src/members/onnx/define-onnx-member.ts'
import { type RunningWorker, startWorker } from '../../src/worker/start-worker.ts'
import { decided } from '../ensemble/lockstep/decided.ts'
import { delayed } from '../ensemble/lockstep/delayed-member.ts'
import { directoryOf, runOptions } from '../ensemble/toy-member.ts'
import { shippedDir } from '../worker/support.ts'

const seeds = 200
/** Generations at a time: the workers batch across them, which must not show either. */
const lanes = 4

/** Of four kinds that the models know well and badly, where paths agree much and little. */
const texts = [
  'The people of the United States',
  'def read(self, path):\n    ',
  'Ein Café in Köln, 5 €: “',
  'It was the best of times, it was the w',
]

const names = ['byte-gru', 'bpe2k-gpt', 'bpe4k-gpt'] as const
let workers: readonly RunningWorker[] = []
let members: readonly Member[] = []

beforeAll(async () => {
  workers = await Promise.all(
    names.map((name) => startWorker({ modelDir: shippedDir(name), deterministic: true, maxBatch: 8 })),
  )
  members = workers.map(({ url }, index) => defineOnnxMember({ id: names[index]!, url }))
})
afterAll(async () => {
  await Promise.all([...members, ...workers].map((each) => each.close()))
})

interface Sampled {
  readonly prompt: PromptInput
  readonly seed: number
  readonly temperature: number
}

/** Each prompt greedily, then with `count` seeds over them all. */
function asked(count: number, prompts: readonly PromptInput[]): Sampled[] {
  const greedy = prompts.map((prompt) => ({ prompt, seed: 0, temperature: 0 }))
  const sampled = Array.from({ length: count }, (_, seed) => ({
    prompt: prompts[seed % prompts.length]!,
    seed,
    temperature: [1, 0.7, 0.4][seed % 3]!,
  }))
  return [...greedy, ...sampled]
}

async function run(
  { ensemble, maxTokens }: Setting,
  decoding: Decoding,
  own: readonly Member[],
  { prompt, temperature, seed }: Sampled,
): Promise<GenerationEvent[]> {
  const directory = await directoryOf(own, { tau: 5e-3, lead: 1, ...ensemble, decoding })
  const request = { model: 'toys', prompt, maxTokens, temperature, stop: [], diagnostics: 'steps' as const }
  const all: GenerationEvent[] = []
  for await (const event of generate(planCompletion(directory, request, seed), runOptions())) all.push(event)
  return all
}

/** One event in eight is late, by up to 5 ms: members overtake one another, and a test still ends. */
function late(own: readonly Member[], seed: number): Member[] {
  return own.map((member, index) => {
    let turn = 0
    return delayed(member, () => Math.max(0, Math.floor(48 * uniform(seed, index, turn++) - 42)))
  })
}

interface Setting {
  readonly ensemble: Partial<Ensemble>
  readonly prompts: readonly PromptInput[]
  /** Tokens of `bpe2k-gpt`, of two to four bytes each. */
  readonly maxTokens: number
  readonly count: number
  readonly ways: readonly Way[]
}

interface Way {
  readonly name: string
  /** Members of the run-ahead run, of those that the stepwise run has. */
  readonly members: (own: readonly Member[]) => readonly Member[]
}

function wavesOf(events: readonly GenerationEvent[]): number {
  const last = events.at(-1)
  return last?.kind === 'finish' ? last.diagnosis!.waves : Number.NaN
}

/** Holds every way of running ahead against the stepwise run, for all that is asked. */
async function compare(own: readonly Member[], setting: Setting): Promise<void> {
  const left = asked(setting.count, setting.prompts)
  const waves = { stepwise: 0, ahead: 0 }
  const lane = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      const stepwise = await run(setting, 'stepwise', own, one)
      for (const { name, members: taken } of setting.ways) {
        const ahead = await run(setting, 'run_ahead', late(taken(own), one.seed), one)
        expect({ ...one, name, decided: decided(ahead) }).toEqual({ ...one, name, decided: decided(stepwise) })
        waves.stepwise += wavesOf(stepwise)
        waves.ahead += wavesOf(ahead)
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  // Runs that never went ahead would prove nothing.
  expect(waves.ahead).toBeLessThan(waves.stepwise)
}

const overLattices: Way = { name: 'lattices of the workers', members: (own) => own }
const overStreams: Way = { name: 'streams of lists', members: (own) => own.map(({ bytes: _, ...member }) => member) }

/** The same model for whom the first tokens of every context were never there. */
function forgetful({ score, ...member }: Member, forgotten: number): Member {
  const left = (context: Context): Context => {
    if (!('tokens' in context)) throw new Error('contexts at token granularity are tokens')
    return { tokens: context.tokens.slice(forgotten) }
  }
  return {
    ...member,
    id: `${member.id}, forgetful`,
    continue: (context, options) => member.continue(left(context), options),
    ...(score && { score: (context, continuation, options) => score(left(context), continuation, options) }),
  }
}

describe('on the shipped models run-ahead decoding decides what stepwise decoding decides, whatever the delays', () => {
  const ways = [overLattices, overStreams]

  test(`by byte, greedily and with ${seeds} seeds, over lattices of the workers and over streams of lists`, async () => {
    await compare(members, { ensemble: {}, prompts: texts, maxTokens: 5, count: seeds, ways })
  }, 600_000)

  test('by byte after conversations, which every member renders in tokens of its own', async () => {
    const prompts = texts.map((content, index) => ({
      messages: [{ role: 'user', content }],
      prefill: ['', 'It is'][index % 2]!,
    }))
    await compare(members, { ensemble: {}, prompts, maxTokens: 5, count: 20, ways })
  }, 600_000)

  test('by byte from lists of 20', async () => {
    await compare(members, {
      ensemble: { topK: 20, pool: 'log_linear' },
      prompts: texts,
      maxTokens: 5,
      count: 50,
      ways,
    })
  }, 600_000)

  test(`by token, of two members of one vocabulary, greedily and with ${seeds} seeds`, async () => {
    const gpt = members[1]!
    const setting = {
      ensemble: { granularity: 'token' as const },
      prompts: texts,
      maxTokens: 16,
      count: seeds,
      ways: [overStreams],
    }
    await compare([gpt, forgetful(gpt, 3)], setting)
  }, 600_000)
})
