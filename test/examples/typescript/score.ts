/** Of the answer, what is read here. */
interface Scores {
  scores: { index: number; log_prob: number; bits_per_byte: number }[]
}

const url = process.env['TUTTI_URL'] ?? 'http://127.0.0.1:8080'

const continuations = [' union', ' onion']
const pairs = continuations.map((continuation) => ({ prompt: 'The state of the', continuation }))
const response = await fetch(`${url}/v1/score`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'tutti', pairs }),
})
if (!response.ok) throw new Error(await response.text())
const { scores } = (await response.json()) as Scores

for (const { index, log_prob, bits_per_byte } of scores) {
  console.log(
    `${JSON.stringify(continuations[index])} ${log_prob.toFixed(2)}, ${bits_per_byte.toFixed(2)} bits per byte`,
  )
}
