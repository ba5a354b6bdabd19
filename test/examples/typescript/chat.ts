import OpenAI from 'openai'

const url = process.env['TUTTI_URL'] ?? 'http://127.0.0.1:8080'
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: process.env['TUTTI_KEY'] ?? 'none' })

const { choices, usage } = await client.chat.completions.create({
  model: 'tutti',
  messages: [{ role: 'user', content: 'What is the state of the union?' }],
  max_tokens: 20,
})
console.log(choices[0]?.message.content)
console.log(`${usage?.completion_tokens} tokens`)
