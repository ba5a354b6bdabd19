import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PredictAnswer, post, type RunningGateway, shippedWeights, startGateway } from './gateway.ts'
import { OfflineModel } from './offline-reference.ts'

const tau = 5e-3
const prompts = ['The people of the Unit', 'The state of the', 'naïve café ', 'He said: “', 'SELECT', '語']
let gateway: RunningGateway
let models: Map<string, OfflineModel>

beforeAll(async () => {
  gateway = await startGateway()
  const folder = fileURLToPath(new URL('../../models/', import.meta.url))
  const ids = [...shippedWeights().keys()]
  models = new Map(await Promise.all(ids.map(async (id) => [id, await OfflineModel.load(folder + id)] as const)))
})
afterAll(() => gateway.stop())

describe('POST /v1/predict on the shipped models', () => {
  test.each(prompts)('equals a computation from the model files alone to 1e-6: %j', async (prompt) => {
    const { status, json } = await post<PredictAnswer>(`${gateway.url}/v1/predict`, {
      model: 'tutti',
      prompt,
      top: 257,
      words: 0,
    })
    expect(status).toBe(200)
    const weights = shippedWeights()
    const reference = new Map<string, Float64Array>()
    for (const [id, model] of models) reference.set(id, await model.nextByte(prompt, tau))
    const seen = new Set<number>()
    for (const { symbol, probability, members } of json.symbols) {
      const x = symbol === 'end' ? 256 : symbol
      seen.add(x)
      let fused = 0
      for (const [id, weight] of weights) fused += weight * reference.get(id)![x]!
      expect(Math.abs(probability - fused)).toBeLessThan(1e-6)
      for (const member of members)
        expect(Math.abs(member.probability - reference.get(member.id)![x]!)).toBeLessThan(1e-6)
    }
    for (let x = 0; x < 257; x++) {
      if (!seen.has(x)) for (const own of reference.values()) expect(own[x]).toBeLessThan(1e-6)
    }
  })
})
