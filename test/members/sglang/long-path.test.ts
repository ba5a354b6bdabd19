import { expect, onTestFinished, test } from 'vitest'
import { defineSglangMember } from '../../../src/members/sglang/define-sglang-member.ts'
import { distance, signal, smallModel, steps } from '../../conformance/support.ts'
import { startTwin } from '../../wire/kit/twin.ts'
import { scripted } from '../../wire/kit/twin-model.ts'
import { sglangOf } from '../../wire/sglang.ts'

test.each([false, true])(
  'a long path goes in several streams as it would in one (incremental: %s)',
  async (incremental) => {
    const path = Array.from({ length: 60 }, (_, i) => 97 + (i % 26))
    const model = scripted(smallModel(), 1, path)
    const twin = await startTwin(sglangOf(incremental), model)
    const member = defineSglangMember({ id: 'm', url: twin.url, model: null, apiKey: null, tokenizer: model.tokenizer })
    onTestFinished(async () => {
      await member.close()
      await twin.close()
    })
    await member.probe(signal)
    const taken = await steps(member, [100], 50, 64)
    expect(taken.map(({ token }) => token)).toEqual(path.slice(0, 50))
    expect(await distance(taken[49]!, model, [100, ...path.slice(0, 49)])).toBeLessThan(1e-9)
    const asked = twin.calls.filter(({ route }) => route === 'POST /generate')
    expect(asked.map(({ body }) => (body as { sampling_params: object }).sampling_params)).toMatchObject([
      { max_new_tokens: 20, temperature: 1, top_k: 1 },
      { max_new_tokens: 20 },
      { max_new_tokens: 10 },
    ])
    expect((await member.query!([{ tokens: Int32Array.of(100) }], { topK: 64, signal }))[0]).toEqual(
      taken[0]!.distribution,
    )
  },
)

test('lists of a call with temperature 0 are what must not be read', async () => {
  const model = smallModel()
  const twin = await startTwin(sglangOf(false), model)
  onTestFinished(() => twin.close())
  const body = {
    input_ids: [100],
    sampling_params: { temperature: 0, max_new_tokens: 1 },
    return_logprob: true,
    top_logprobs_num: 3,
  }
  const answer = await fetch(`${twin.url}/generate`, { method: 'POST', body: JSON.stringify(body) })
  const { meta_info } = (await answer.json()) as { meta_info: { output_top_logprobs: [number, number, null][][] } }
  for (const [logProb] of meta_info.output_top_logprobs[0]!) expect([0, -3.4028234663852886e38]).toContain(logProb)
})
