import Fastify from 'fastify'
import { Pool } from 'undici'

// What a gateway can cost at least: the same calls of the same servers as Tutti makes for a prediction, and a weighted sum of the
// lists that come back. It checks nothing, bounds nothing, counts nothing and says nothing of itself.

const [port = '0', ...urls] = process.argv.slice(2)
const pools = urls.map((url) => new Pool(url))
const neutral = { top_p: 1, n: 1, echo: false, presence_penalty: 0, frequency_penalty: 0 }

interface Answer {
  readonly choices: readonly { readonly logprobs: { readonly top_logprobs: readonly Record<string, number>[] } }[]
}

async function listOf(pool: Pool, prompt: string): Promise<Record<string, number>> {
  const { body } = await pool.request({
    path: '/v1/completions',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'bigrams', prompt, max_tokens: 1, logprobs: 5, temperature: 1, ...neutral }),
  })
  return ((await body.json()) as Answer).choices[0]?.logprobs.top_logprobs[0] ?? {}
}

const app = Fastify()
app.post('/v1/predict', async (request) => {
  const { prompt } = request.body as { prompt: string }
  const lists = await Promise.all(pools.map((pool) => listOf(pool, prompt)))
  const fused = new Map<string, number>()
  for (const list of lists) {
    for (const [text, logProb] of Object.entries(list)) {
      fused.set(text, (fused.get(text) ?? 0) + Math.exp(logProb) / lists.length)
    }
  }
  const symbols = [...fused].sort(([, a], [, b]) => b - a).map(([text, probability]) => ({ text, probability }))
  return { object: 'prediction', symbols }
})
app.get('/readyz', () => ({ status: 'ready' }))
await app.listen({ port: Number(port), host: '127.0.0.1' })
