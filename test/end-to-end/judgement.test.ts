import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { z } from 'zod'
import type { classifications } from '../../src/server/wire/classify-answer.ts'
import type { scores } from '../../src/server/wire/score.ts'
import { type PredictAnswer, post, type RunningGateway, shippedWeights, startGateway } from './gateway.ts'
import { OfflineModel } from './offline-reference.ts'

type Scores = z.infer<typeof scores>
type Classifications = z.infer<typeof classifications>

let gateway: RunningGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

async function scored(body: object): Promise<Scores['scores']> {
  const { status, json } = await post<Scores>(`${gateway.url}/v1/score`, { model: 'tutti', ...body })
  expect(status).toBe(200)
  return json.scores
}

async function classified(body: object): Promise<Classifications['results']> {
  const { status, json } = await post<Classifications>(`${gateway.url}/v1/classify`, { model: 'tutti', ...body })
  expect(status).toBe(200)
  return json.results
}

// Figures agree to float32: which contexts run in one batch differs from call to call.
const prompt = 'The people of the Unit'

test('a byte has the score that a computation from the model files alone gives it, and predict too', async () => {
  const [one] = await scored({ pairs: [{ prompt, continuation: 'e' }] })
  const predicted = await post<PredictAnswer>(`${gateway.url}/v1/predict`, {
    model: 'tutti',
    prompt,
    top: 257,
    words: 0,
  })
  const symbol = predicted.json.symbols.find((each) => each.symbol === 0x65)!
  expect(Math.exp(one!.log_prob!)).toBeCloseTo(symbol.probability, 6)
  const folder = fileURLToPath(new URL('../../models/', import.meta.url))
  for (const { id, log_prob } of one!.members) {
    const model = await OfflineModel.load(folder + id)
    expect(Math.exp(log_prob!)).toBeCloseTo((await model.nextByte(prompt, 5e-3))[0x65]!, 6)
  }
  expect(one!.members.map(({ id }) => id)).toEqual([...shippedWeights().keys()])
})

test('texts are likelier in their own words than shuffled, and segments add up to them', async () => {
  const texts = ['The state of the union is strong.', 'strong. the union The of is state']
  const [plain, shuffled] = await scored({ texts, segments: true })
  expect(plain!.log_prob!).toBeGreaterThan(shuffled!.log_prob!)
  for (const found of [plain!, shuffled!]) {
    expect(found.segments!.reduce((sum, { log_prob }) => sum + log_prob!, 0)).toBeCloseTo(found.log_prob!, 9)
    expect(found.missing_mass_max).toBe(0)
    expect(found.log_prob_low).toBeCloseTo(found.log_prob!, 9)
  }
})

test('labels have the shares that the scores of their texts have, by every member, and a blank may stand on either side', async () => {
  const labels = [' States', ' Kingdom', ' Nations']
  const input = 'the people of the United'
  const [found] = await classified({ input, labels })
  const pairs = labels.map((label) => ({ prompt: `${input} `, continuation: label.trimStart() }))
  const each = await scored({ pairs })
  for (const [index, label] of labels.entries()) {
    const share = found!.labels.find((one) => one.label === label)!
    for (const member of share.members) {
      const all = each.map(({ members }) => Math.exp(members.find(({ id }) => id === member.id)!.log_prob!))
      expect(member.probability).toBeCloseTo(all[index]! / all.reduce((sum, p) => sum + p, 0), 4)
    }
  }
  expect(found).toMatchObject({ label: ' States', certain: true, degraded: false })
  const [blank] = await classified({ input: `${input} `, labels: labels.map((label) => label.trimStart()) })
  for (const [index, { probability }] of found!.labels.entries()) {
    expect(blank!.labels[index]!.probability).toBeCloseTo(probability, 6)
  }
})

test('the metrics count what was scored and classified', async () => {
  const page = await (await fetch(`${gateway.url}/metrics`)).text()
  expect(page).toMatch(/tutti_answers_total\{ensemble="tutti",operation="score"\} 6/)
  expect(page).toMatch(/tutti_answers_total\{ensemble="tutti",operation="classify"\} 2/)
})
