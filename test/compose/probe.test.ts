import { expect, onTestFinished, test } from 'vitest'
import { checkConfig } from '../../src/compose/check-config.ts'
import { apart } from '../../src/compose/probe/apart.ts'
import { examineMember } from '../../src/compose/probe/examine-member.ts'
import { lookedAt } from '../../src/compose/probe/looked-at-member.ts'
import { withoutSecrets } from '../../src/compose/probe/without-secrets.ts'
import { compose } from '../../src/compose.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { fromListedTokens } from '../../src/core/distribution/token-distribution.ts'
import { refuseUnable } from '../../src/ensemble/ability.ts'
import type { Member } from '../../src/members/member.ts'
import { defineVllmMember } from '../../src/members/vllm/define-vllm-member.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { loadTokenizer } from '../../src/tokenizer/load-tokenizer.ts'
import { entries } from '../conformance/entries.ts'
import { signal, smallModel, started } from '../conformance/support.ts'
import { failure } from '../members/support.ts'
import { startTwin } from '../wire/kit/twin.ts'
import { tinyModel } from '../wire/kit/twin-model.ts'
import { openai } from '../wire/openai.ts'
import { vllm } from '../wire/vllm.ts'
import { modelDir } from '../worker/support.ts'

const llamacpp = entries.find(({ kind }) => kind === 'llamacpp')!
const options = { limitMs: 20_000, clock: () => performance.now(), salt: 'x' }

async function tinyMember(change: (member: Member) => Partial<Member> = () => ({})): Promise<Member> {
  const { member } = await started(llamacpp, await tinyModel())
  return { ...member, ...change(member) }
}

const failedChecks = async (member: Member) =>
  (await examineMember(member, null, options)).report.failures.map(({ check }) => check)

test('lists of one context are not apart, whatever their lengths', () => {
  const of = (probabilities: number[]) =>
    fromListedTokens({
      ids: [...probabilities.keys()],
      logProbs: probabilities.map(Math.log),
      vocabularySize: 9,
      topK: 9,
    })
  const long = [0.5, 0.2, 0.1, 0.1, 0.04, 0.02, 0.02, 0.01, 0.01]
  expect(apart(of(long), of(long))).toBe(0)
  const short = fromListedTokens({ ids: [0, 1], logProbs: [0.5, 0.2].map(Math.log), vocabularySize: 9, topK: 2 })
  expect(apart(of(long), short)).toBe(0)
  const other = fromListedTokens({ ids: [2, 1], logProbs: [0.5, 0.2].map(Math.log), vocabularySize: 9, topK: 2 })
  expect(apart(of(long), other)).toBeGreaterThan(0.2)
})

test('a member that does what it declares has no failures', async () => {
  const { report, probe } = await examineMember(await tinyMember(), null, options)
  expect(report.failures).toEqual([])
  expect(report.found).toMatchObject({
    basis: 'raw',
    basis_seen: true,
    beginning: true,
    bytes: 'exact',
    contexts: 'ids',
  })
  expect(report.found?.latency_ms).toBeGreaterThan(0)
  expect(probe?.capabilities.maxTopK).toBe(287)
})

test('lists that follow the temperature are warped, and ids that say other things than their text are not sent', async () => {
  const warm = await tinyMember((member) => ({
    async listAt(_temperature, context, asked) {
      const flat = { ...asked, topK: 8 }
      for await (const { distribution } of member.continue(context, { ...flat, maxTokens: 1 })) {
        const logProbs = distribution.logProbs.map((logProb) => logProb / 3)
        return { ...distribution, logProbs }
      }
      throw new Error('no list')
    },
  }))
  expect((await examineMember(warm, null, options)).report.found?.basis).toBe('warped')
  const deaf = await tinyMember((member) => ({
    continue: (context, asked) =>
      member.continue('tokens' in context ? { tokens: Int32Array.of(286, 5) } : context, asked),
  }))
  const seen = await lookedAt(deaf, null).probe(signal)
  expect(seen.capabilities.tokenContexts).toBe(false)
})

test('each thing that fails is named, and the rest is still asked', async () => {
  const declared = await tinyMember((member) => ({
    async probe(signal) {
      const probe = await member.probe(signal)
      return { ...probe, capabilities: { ...probe.capabilities, maxTopK: 286 } }
    },
    async listAt() {
      throw new Error('out of order')
    },
    async score(_context, given, asked) {
      const list = []
      for (const token of given) {
        const tokens = Int32Array.of(286, token)
        for await (const step of member.continue({ tokens }, { ...asked, maxTokens: 1 })) list.push({ ...step, token })
      }
      return list
    },
  }))
  expect(await failedChecks(declared)).toEqual(['scoring', 'basis'])
})

test('a member that only writes answers works where answers are chosen among, and is timed by them', async () => {
  const twin = await startTwin(openai(), await tinyModel())
  onTestFinished(() => twin.close())
  const text = `
members: { chat: { kind: openai, url: '${twin.url}', model: tiny-gpt } }
ensembles: { a: { strategy: majority, members: [{ id: chat }] } }
`
  const config = parseConfig(text, { file: 'x.yaml', folder: '/', env: {} })
  const report = await checkConfig(config)
  expect(report.members[0]).toMatchObject({ failures: [], found: { first_ms: null, after_cancel_ms: null } })
  expect(report.members[0]?.found?.latency_ms).toBeGreaterThan(0)
  expect(report.members[0]?.notes).toEqual(
    expect.arrayContaining([
      'it writes answers, and gives no lists',
      'its latency is that of answers of up to 16 tokens',
    ]),
  )
  expect(report.ensembles[0]).toMatchObject({
    works: true,
    answer: { possible: true, why: null },
    classify: { possible: true, why: 'chat by the lists along an answer, if its server tells them' },
    token: { possible: false },
    byte: { possible: false },
  })
  expect(report.ok).toBe(true)
  twin.faults = { refuse: { status: 401 } }
  const refused = await checkConfig(config)
  expect(refused.members[0]?.failures.map(({ check }) => check)).toEqual(['answer'])
  expect(refused.ok).toBe(false)
})

test('a start-up with another tokenizer file than the server has says so, and the member is not used', async () => {
  const twin = await startTwin(vllm, await tinyModel())
  const tokenizer = loadTokenizer(modelDir('tiny-gru'))
  const member = defineVllmMember({ id: 'm', url: twin.url, model: null, apiKey: null, tokenizer })
  onTestFinished(async () => {
    await member.close()
    await twin.close()
  })
  const error = await failure(lookedAt(member, tokenizer).probe(signal))
  expect(error).toMatchObject({ code: 'invalid_model', member: 'm' })
  expect(error.message).toContain('give the `tokenizer.json` of the model that is served')
})

test('a server that is late is believed, and looked at by the next probe', async () => {
  const { member, subject } = await started(llamacpp, await tinyModel())
  const looked = lookedAt(member, null)
  await member.probe(signal)
  subject.twin!.faults = { refuse: { status: 503 } }
  expect((await looked.probe(signal)).capabilities.tokenContexts).toBe(true)
  subject.twin!.faults = {}
  const before = subject.twin!.calls.length
  await looked.probe(signal)
  const looking = subject.twin!.calls.length - before
  await looked.probe(signal)
  expect(subject.twin!.calls.length - before - looking).toBeLessThan(looking)
})

test('an ensemble whose members lack what its granularity needs is refused at start-up, by the member', async () => {
  const member = await tinyMember()
  const probe = { ...(await member.probe(signal)), vocabulary: null }
  const state = () => ({ member, probe: () => probe, down: () => null })
  const refusing = (kind: string, seated: object = member) => {
    const base = { name: 'e', seats: [{ member: seated, weight: 1 }], granularity: 'byte', strategy: { kind } }
    return () => refuseUnable(base as unknown as Parameters<typeof refuseUnable>[0], state)
  }
  expect(refusing('fuse')).toThrow('member "m" gives no lists of what comes next')
  expect(refusing('majority')).not.toThrow()
  expect(refusing('rerank')).toThrow('no member can score the texts of another')

  const one = await startTwin(vllm, await tinyModel())
  onTestFinished(() => one.close())
  const { subject } = await started(llamacpp, smallModel())
  const text = `
server: { port: 0 }
members:
  v: { kind: vllm, url: '${one.url}', tokenizer: '${modelDir('tiny-gpt')}' }
  l: { kind: llamacpp, url: '${subject.url}' }
ensembles: { e: { members: [{ id: v }, { id: l }], granularity: token } }
`
  const config = parseConfig(text, { file: 'x.yaml', folder: '/', env: {} })
  const refused = await failure(compose(config, createLogger('silent', { write: () => {} }), '0.0.0'))
  expect(refused).toMatchObject({ code: 'invalid_config', param: 'ensembles.e.granularity' })
})

test('secrets are taken out of everything, also where one is part of another', () => {
  const shown = { a: ['key sk-1 and sk-12'], b: { c: 'Bearer sk-12' }, d: 3 }
  expect(withoutSecrets(shown, ['sk-1', 'sk-12', ''])).toEqual({ a: ['key *** and ***'], b: { c: 'Bearer ***' }, d: 3 })
})
