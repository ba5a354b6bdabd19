/** Of the answer, what is read here. */
interface Classification {
  results: { index: number; label: string; probability: number }[]
}

const url = process.env['TUTTI_URL'] ?? 'http://127.0.0.1:8080'

const inputs = ['My fellow citizens, the state of the Union', 'a function that returns the number of arguments']
const response = await fetch(`${url}/v1/classify`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    model: 'tutti',
    prompt: '{input}.',
    inputs,
    labels: [' Congress', ' Python'],
    normalisation: 'contextual',
  }),
})
if (!response.ok) throw new Error(await response.text())
const { results } = (await response.json()) as Classification

for (const { index, label, probability } of results) {
  console.log(`${inputs[index]}: ${label.trim()} (${probability.toFixed(3)})`)
}
