import OpenAI from 'openai'

const url = process.env['TUTTI_URL'] ?? 'http://127.0.0.1:8080'
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: process.env['TUTTI_KEY'] ?? 'none' })

const stream = await client.completions.create({
  model: 'tutti',
  prompt: 'The people of the United States',
  max_tokens: 20,
  stream: true,
})
for await (const { choices } of stream) process.stdout.write(choices[0]?.text ?? '')
console.log()
