/** Of the answer, what is read here. */
interface Prediction {
  symbols: { text: string | null; probability: number; low: number; high: number }[]
  words: { text: string; probability: number; members: { id: string; probability: number }[] }[]
}

const url = process.env['TUTTI_URL'] ?? 'http://127.0.0.1:8080'

const response = await fetch(`${url}/v1/predict`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'tutti', prompt: 'The state of the', top: 3, words: 2 }),
})
if (!response.ok) throw new Error(await response.text())
const { symbols, words } = (await response.json()) as Prediction

for (const { text, probability, low, high } of symbols) {
  console.log(
    `${JSON.stringify(text)} ${probability.toFixed(3)}, at least ${low.toFixed(3)}, at most ${high.toFixed(3)}`,
  )
}
for (const { text, probability, members } of words) {
  const own = members.map((member) => `${member.id} ${member.probability.toFixed(3)}`)
  console.log(`${JSON.stringify(text)} ${probability.toFixed(3)} (${own.join(', ')})`)
}
